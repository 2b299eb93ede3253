using Architecture.Tests.Rules;
using Xunit;

namespace Architecture.Tests;

// Samples of what the rules look for are written in halves: these files are part of the tree.
public sealed class TreeRulesTests
{
    [Fact]
    public void Open_work_has_an_issue() => Verdict.None(TreeRules.OpenWorkHasAnIssue(Repository.Files));

    [Theory]
    [InlineData("// TO" + "DO: later")]
    [InlineData("# TO" + "DO(me): later")]
    [InlineData("// FIX" + "ME")]
    public void Open_work_without_an_issue_is_found(string text) =>
        Verdict.One("src/A.cs:2", TreeRules.OpenWorkHasAnIssue([new("src/A.cs", "\n" + text)]));

    [Fact]
    public void Open_work_with_an_issue_is_not_found() =>
        Verdict.None(TreeRules.OpenWorkHasAnIssue([new("src/A.cs", "// TO" + "DO(#12): later")]));

    [Fact]
    public void No_private_key_is_in_the_tree() => Verdict.None(TreeRules.NoPrivateKeys(Repository.Files));

    [Theory]
    [InlineData("-----BEGIN PRIVATE" + " KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n")]
    [InlineData("-----BEGIN RSA PRIVATE" + " KEY-----\r\n  MIIEow\r\n")]
    [InlineData("\"-----BEGIN EC PRIVATE" + " KEY-----\\n\" + \"MHcCAQEEIIGlRCdUS7dM0c3kRkqMQXQxwv5MUOJd2fGQ\"")]
    public void A_private_key_is_found(string text) =>
        Verdict.One("tests/a.pem", TreeRules.NoPrivateKeys([new("tests/a.pem", text)]));

    [Fact]
    public void The_label_of_a_private_key_is_none() =>
        Verdict.None(TreeRules.NoPrivateKeys([new("src/A.cs", "const string Label = \"-----BEGIN PRIVATE" + " KEY-----\";")]));

    [Fact]
    public void No_package_registry_is_named() => Verdict.None(TreeRules.NoRegistryHosts(Repository.Files));

    [Theory]
    [InlineData("https://api.nuget" + ".org/v3/index.json")]
    [InlineData("deb http://deb." + "debian.org/debian bookworm main")]
    [InlineData("\"resolved\": \"https://registry.npmjs" + ".org/a\"")]
    public void A_package_registry_is_found(string text) =>
        Verdict.One("names", TreeRules.NoRegistryHosts([new("scripts/a.sh", text)]));

    [Fact]
    public void No_path_of_one_machine_is_in_the_tree() => Verdict.None(TreeRules.NoMachinePaths(Repository.Files));

    [Theory]
    [InlineData("cd /wor" + "k/shared/bench")]
    [InlineData("\"/hom" + "e/anna/key.pem\"")]
    [InlineData("C:\\User" + "s\\anna")]
    public void A_path_of_one_machine_is_found(string text) =>
        Verdict.One("scripts/a.sh:1", TreeRules.NoMachinePaths([new("scripts/a.sh", text)]));

    [Fact]
    public void Relative_paths_and_spiffe_paths_are_no_machines() => Verdict.None(TreeRules.NoMachinePaths(
        [new("a.sh", "../wor" + "k/shared/bench spiffe://td/hom" + "e/anna/x")]));

    [Fact]
    public void No_test_data_is_orphaned() => Verdict.None(TreeRules.NoOrphanedTestData(Repository.Files));

    [Fact]
    public void Orphaned_test_data_is_found() => Verdict.One("lost.pem", TreeRules.NoOrphanedTestData(
        [new("tests/A.Tests/testdata/lost.pem", ""), new("tests/A.Tests/ATests.cs", "found"), new("tests/B.Tests/BTests.cs", "lost")]));

    [Fact]
    public void Test_data_named_by_file_or_folder_is_not_found() => Verdict.None(TreeRules.NoOrphanedTestData(
        [
            new("tests/A.Tests/testdata/found.pem", ""),
            new("tests/A.Tests/testdata/cases/one.pem", ""),
            new("tests/A.Tests/ATests.cs", "found cases"),
        ]));
}
