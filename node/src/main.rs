//! The `roost` binary: a node of a hub, a development cluster, and the commands of its operator.

mod cli;
mod clock;
mod config;
mod dev;
mod files;
mod instance;
mod output;
mod pki;
mod policies;
mod run;
mod service;
mod signals;
mod simulate;
mod telemetry;
mod transfer;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Before anything may make a TLS configuration. It fails only when done twice.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli::Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", output::Paint::stderr().bad("error"));
            ExitCode::FAILURE
        }
    }
}
