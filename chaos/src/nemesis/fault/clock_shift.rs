use crate::nemesis::strike::Hit;

/// The wall clock of one node is another one. Not brought about: the kernel has one wall clock for all
/// processes of a machine, and a namespace for the clocks that nobody sets only.
pub(super) fn strike() -> Hit {
    Hit::skipped("the kernel has one wall clock for all nodes of this machine")
}
