use roost_model::{IdentityRecord, Precondition, codec};

use super::support::{Replica, id};
use crate::{DeleteIdentity, RegistryView};

fn names(view: &mut RegistryView, bytes: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let page = view.next_page(bytes).unwrap();
        if page.is_empty() {
            return names;
        }
        for row in page {
            let (_, record) =
                codec::decode::<IdentityRecord>(IdentityRecord::VERSION, &row.record).unwrap();
            names.push(record.identity.to_string());
        }
    }
}

#[test]
fn a_view_shows_the_registry_as_it_was_page_by_page() {
    let mut replica = Replica::new();
    for name in ["a", "a/x", "b", "c"] {
        replica.create(name);
    }
    for bytes in [1, 150, usize::MAX] {
        let mut view = replica.reader().registry_view(None).unwrap();
        assert_eq!(names(&mut view, bytes), ["a", "a/x", "b", "c"], "{bytes}");
    }
    let mut view = replica.reader().registry_view(Some(&id("a/x"))).unwrap();
    replica.run(DeleteIdentity {
        identity: id("b"),
        precondition: Precondition::Any,
    });
    replica.create("d");
    assert_eq!(names(&mut view, 1), ["b", "c"]);
    let mut view = replica.reader().registry_view(None).unwrap();
    assert_eq!(names(&mut view, 1), ["a", "a/x", "c", "d"]);
}

#[test]
fn a_view_outlives_the_adoption_of_a_snapshot() {
    let mut replica = Replica::new();
    replica.create("old");
    let mut other = Replica::new();
    other.create("new");
    other.create("newer");
    let mut view = replica.reader().registry_view(None).unwrap();
    replica.adopt(&other.export());
    assert_eq!(names(&mut view, 1), ["old"]);
    let mut view = replica.reader().registry_view(None).unwrap();
    assert_eq!(names(&mut view, 1), ["new", "newer"]);
}
