use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Why a protocol cannot take WebSockets.
#[derive(Debug, thiserror::Error)]
pub enum TunnelError {
    /// The socket cannot be made.
    #[error(
        "can't listen on the tunnel socket {}: {source}; its directory must exist and be writable for \
         this user", path.display()
    )]
    Bind { path: PathBuf, source: io::Error },
    /// Somebody listens there.
    #[error("the tunnel socket {} is in use by another running node; choose another path", .0.display())]
    InUse(PathBuf),
}

/// Replaces the file of a node that is gone. Only this user may connect: whoever can writes the peer
/// address that the logs show.
///
/// # Errors
/// [`TunnelError`] naming the path.
pub fn bind(path: &Path) -> Result<UnixListener, TunnelError> {
    let failed = |source| TunnelError::Bind {
        path: path.to_owned(),
        source,
    };
    if UnixStream::connect(path).is_ok() {
        return Err(TunnelError::InUse(path.to_owned()));
    }
    remove_socket(path).map_err(failed)?;
    let listener = UnixListener::bind(path).map_err(failed)?;
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Removes a socket, and nothing else that may be in its place.
fn remove_socket(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path),
        Ok(_) => Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "there is a file that is no socket",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_of_a_dead_node_is_replaced_and_that_of_a_living_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tunnel");
        let first = bind(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(matches!(bind(&path), Err(TunnelError::InUse(_))));
        drop(first);
        assert!(bind(&path).is_ok());
    }

    #[test]
    fn a_file_in_the_place_of_the_socket_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("precious");
        fs::write(&path, "data").unwrap();
        assert!(matches!(bind(&path), Err(TunnelError::Bind { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "data");
    }
}
