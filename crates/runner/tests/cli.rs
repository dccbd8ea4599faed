//! Snapshots of texts that are stable: help, messages. Renewed with `TRYCMD=overwrite`, and read before they are kept.

#[test]
fn texts_of_the_command_line() {
    trycmd::TestCases::new().case("tests/cli/*.trycmd");
}
