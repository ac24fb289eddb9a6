//! Close [2.7.9].

use super::super::event::Side;
use super::super::fault::Handled;
use super::super::phase;
use crate::codec::performative::Close;
use crate::engine::Engine;

impl Engine {
    pub(super) fn receive_close(&mut self, close: Close) -> Handled {
        phase::farewell(&mut self.output, None);
        self.finish(Side::Client, close.error);
        Ok(())
    }
}
