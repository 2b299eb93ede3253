using Architecture.Tests.Rules;
using Xunit;

namespace Architecture.Tests;

public sealed class SourceRulesTests
{
    private static IReadOnlyList<SourceFile> Source => Repository.CSharp("src");

    [Fact]
    public void A_files_namespace_is_its_folder() => Verdict.None(SourceRules.NamespaceIsFolder(Source));

    [Theory]
    [InlineData("namespace MeshCA;", "MeshCA.Issuance expected")]
    [InlineData("namespace MeshCA.Csr;", "MeshCA.Issuance expected")]
    [InlineData("namespace MeshCA.Issuance\n{\n}", "is a block")]
    [InlineData("// namespace MeshCA.Issuance;\nclass A;", "no namespace")]
    [InlineData("namespace Microsoft.AspNetCore.Builder;", "MeshCA.Issuance expected")]
    public void A_namespace_that_is_not_the_folder_is_found(string text, string finding) =>
        Verdict.One(finding, SourceRules.NamespaceIsFolder([new("src/MeshCA/Issuance/A.cs", text)]));

    [Fact]
    public void Only_the_grpc_layer_may_extend_the_hosts_namespaces() =>
        Verdict.None(SourceRules.NamespaceIsFolder([new("src/Grpc/AspNetCore/AExtensions.cs", "namespace Microsoft.AspNetCore.Builder;")]));

    [Fact]
    public void The_core_names_no_edge() => Verdict.None(SourceRules.CoreNamesNoEdge(Source));

    [Theory]
    [InlineData("using MeshCA.Storage;", "MeshCA.Storage")]
    [InlineData("using MeshCA.Rpc;", "MeshCA.Rpc")]
    [InlineData("class A { Authentication.Jwt? b; }", "Authentication")]
    [InlineData("using System.IO;", "System.IO")]
    [InlineData("class A { System.IO.Stream? b; }", "System.IO")]
    [InlineData("using Microsoft.AspNetCore.Http;", "Microsoft.AspNetCore")]
    [InlineData("using System.Net.Sockets;", "System.Net.Sockets")]
    [InlineData("using System.Net.Http;", "System.Net.Http")]
    [InlineData("using Google.Protobuf;", "Google.Protobuf")]
    [InlineData("using MeshCA.Wire.Istio;", "MeshCA.Wire")]
    [InlineData("using Grpc.Core;", "Grpc.Core")]
    public void The_core_naming_an_edge_is_found(string text, string name)
    {
        foreach (var folder in new[] { "Issuance", "Csr", "Authorities", "Registration" })
        {
            Verdict.One($"the core names {name}", SourceRules.CoreNamesNoEdge([new($"src/MeshCA/{folder}/A.cs", text)]));
        }
    }

    [Theory]
    [InlineData("using System.Net; class A { IPNetwork b; }")]
    [InlineData("// see MeshCA.Storage for the schema\nclass A;")]
    [InlineData("class A { string B = \"System.IO\"; }")]
    [InlineData("class A { string B = $\"{1} Storage.Journal\"; }")]
    [InlineData("using MeshCA.Telemetry;")]
    public void What_only_looks_like_an_edge_is_not_found(string text) =>
        Verdict.None(SourceRules.CoreNamesNoEdge([new("src/MeshCA/Issuance/A.cs", text)]));

    [Fact]
    public void The_edge_may_name_the_edge() =>
        Verdict.None(SourceRules.CoreNamesNoEdge([new("src/MeshCA/Rpc/A.cs", "using MeshCA.Authentication;")]));

    [Fact]
    public void The_leaves_name_no_edge() => Verdict.None(SourceRules.LeavesNameNoEdge(Source));

    [Theory]
    [InlineData("Telemetry")]
    [InlineData("Configuration")]
    public void A_leaf_naming_an_edge_is_found(string leaf) =>
        Verdict.One("MeshCA.Storage", SourceRules.LeavesNameNoEdge([new($"src/MeshCA/{leaf}/A.cs", "using MeshCA.Storage;")]));

    [Fact]
    public void Pure_projects_are_pure() => Verdict.None(SourceRules.PureProjectsArePure(Source));

    [Theory]
    [InlineData("using System.IO;", "System.IO")]
    [InlineData("using System.Threading.Tasks;", "System.Threading.Tasks")]
    [InlineData("class A(TimeProvider clock);", "TimeProvider")]
    public void An_impure_project_is_found(string text, string name) =>
        Verdict.One(name, SourceRules.PureProjectsArePure([new("src/SpiffeIdentity/A.cs", text)]));

    [Fact]
    public void Type_names_say_something() => Verdict.None(SourceRules.NamesSaySomething(Source));

    [Theory]
    [InlineData("internal sealed class KeyManager;")]
    [InlineData("internal static class PemHelper { }")]
    [InlineData("internal sealed record TokenInfo(int A);")]
    [InlineData("internal readonly record struct TokenData(int A);")]
    public void A_name_that_says_nothing_is_found(string text) =>
        Verdict.One("says nothing", SourceRules.NamesSaySomething([new("src/MeshCA/Csr/A.cs", text)]));

    [Fact]
    public void Suppressions_have_a_reason() => Verdict.None(SourceRules.SuppressionsAreJustified(Repository.CSharp("src")));

    [Theory]
    [InlineData("#pragma warning disable RS0030\n")]
    [InlineData("[SuppressMessage(\"A\", \"B\")]\nclass A;")]
    public void A_suppression_without_a_reason_is_found(string text) =>
        Verdict.One(":1:", SourceRules.SuppressionsAreJustified([new("src/MeshCA/A.cs", text)]));

    [Theory]
    [InlineData("#pragma warning disable RS0030 // what was signed must be recorded")]
    [InlineData("// What was signed must be recorded.\n#pragma warning disable RS0030")]
    [InlineData("[SuppressMessage(\"A\", \"B\",\n    Justification = \"because\")]\nclass A;")]
    public void A_suppression_with_a_reason_is_not_found(string text) =>
        Verdict.None(SourceRules.SuppressionsAreJustified([new("src/MeshCA/A.cs", text)]));

    [Fact]
    public void No_test_is_skipped() => Verdict.None(SourceRules.NoTestIsSkipped(Repository.CSharp("tests")));

    [Theory]
    [InlineData("[Fact(Skip = \"later\")] void A() { }")]
    [InlineData("[Theory(DisplayName = \"a\", SkipUnless = nameof(B))] void A() { }")]
    public void A_skipped_test_is_found(string text) =>
        Verdict.One("skipped", SourceRules.NoTestIsSkipped([new("tests/A.Tests/ATests.cs", text)]));

    [Fact]
    public void Tests_stand_where_their_subjects_stand() =>
        Verdict.None(SourceRules.TestsHaveANamesake(Repository.Files));

    [Theory]
    [InlineData("tests/MeshCA.Tests/Csr/LostTests.cs")]
    [InlineData("tests/MeshCA.Tests/ATests.cs")]
    [InlineData("tests/MeshCA.Tests/Csr/HalfTests.cs")]
    [InlineData("tests/SpiffeIdentity.Tests/Csr/ATests.cs")]
    public void A_test_without_its_subject_is_found(string path) =>
        Verdict.One(path, SourceRules.TestsHaveANamesake(
            [new(path, ""), new("src/MeshCA/Csr/A.cs", ""), new("src/MeshCA/Csr/HalfReader.cs", "")]));

    [Theory]
    [InlineData("tests/MeshCA.Tests/Csr/ATests.cs")]
    [InlineData("tests/MeshCA.Tests/Csr/InnerTests.cs")]
    [InlineData("tests/MeshCA.Tests/Csr/FormTests.cs")]
    [InlineData("tests/MeshCA.Tests/Csr/Samples.cs")]
    [InlineData("tests/MeshCA.Tests/Csr/StoreContractTests.cs")]
    [InlineData("tests/MeshCA.Tests/Csr/AllFuzzTests.cs")]
    [InlineData("tests/SpiffeIdentity.Tests/Spec/LostTests.cs")]
    public void A_test_with_its_subject_or_without_need_of_one_is_not_found(string path) =>
        Verdict.None(SourceRules.TestsHaveANamesake([new(path, ""), new("src/MeshCA/Csr/A.cs", "enum Inner { } class FormReader { } class FormWriter { }")]));
}
