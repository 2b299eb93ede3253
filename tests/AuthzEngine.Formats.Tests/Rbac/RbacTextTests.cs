using System.Text.Json;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Rbac;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Envoy.UriTemplate.V3;
using Xunit;
using YamlDotNet.Serialization;

namespace AuthzEngine.Formats.Tests.Rbac;

public sealed class RbacTextTests
{
    private static readonly MeshSettings Settings = new()
    {
        RootNamespace = PolicyGenerator.Root,
        TrustDomainAliases = ["old.td"],
        ExtensionProviders = [new("good", ExtensionProviderKind.Grpc)],
    };

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithTypeRegistry(TypeRegistry.FromMessages(
        MeshCA.Wire.Envoy.HttpRbac.V3.RBAC.Descriptor,
        MeshCA.Wire.Envoy.NetworkRbac.V3.RBAC.Descriptor,
        UriTemplateMatchConfig.Descriptor)));

    public static TheoryData<string> Cases() => [.. GoldenFile.Cases("rbac")];

    [Theory, MemberData(nameof(Cases))]
    public void Export_is_what_its_golden_file_says(string name)
    {
        var policies = Load(GoldenFile.Input("rbac", name));

        GoldenFile.Matches(
            "rbac",
            name,
            RbacText.ToYaml(policies.ToEnvoyRbac(RequestProtocol.Http)) + "---\n" + RbacText.ToYaml(policies.ToEnvoyRbac(RequestProtocol.Tcp)),
            ".yaml");
    }

    [Fact]
    public void Json_reads_back_as_the_same_messages() => ReadsBack(RbacText.ToJson);

    [Fact]
    public void Yaml_reads_back_as_the_same_messages() => ReadsBack(configuration => JsonOf(RbacText.ToYaml(configuration)));

    [Theory]
    [InlineData("true"), InlineData("no"), InlineData("On"), InlineData("y"), InlineData("null"), InlineData("~")]
    [InlineData("80"), InlineData("1e3"), InlineData("0x1F"), InlineData("017"), InlineData(".5"), InlineData(".inf"), InlineData("+1")]
    [InlineData("a: b"), InlineData("a #b"), InlineData("- a"), InlineData("{a"), InlineData("a\nb"), InlineData(" a"), InlineData("a ")]
    public void Text_stays_text_for_every_reader_of_yaml(string method)
    {
        var policy = new AuthorizationPolicy
        {
            Id = new(ResourceKind.AuthorizationPolicy, PolicyGenerator.Home, "p"),
            Rules = [new Rule { To = [new(new Operation { Methods = [method] })] }],
        };

        var yaml = RbacText.ToYaml(For(new ResourceSet([policy], [])).ToEnvoyRbac(RequestProtocol.Http));

        Assert.Matches("exact: [\"'|>]", yaml);
    }

    [Fact]
    public void The_order_of_the_sources_is_not_the_order_of_the_export()
    {
        var text = GoldenFile.Input("rbac", "stages");
        var turned = string.Join("\n---\n", text.Split("\n---\n").Reverse());

        Assert.Equal(
            RbacText.ToYaml(Load(text).ToEnvoyRbac(RequestProtocol.Http)), RbacText.ToYaml(Load(turned).ToEnvoyRbac(RequestProtocol.Http)));
    }

    [Fact]
    public void A_note_never_leaves_its_comment()
    {
        var configuration = new RbacConfiguration(
            RequestProtocol.Http, [], [new(RbacNoteKind.PathTemplate, "a\nhttp_filters: []\r\u0085\u2028b")]);

        Assert.Equal("# a http_filters: []   b\nhttp_filters: []\n", RbacText.ToYaml(configuration));
    }

    private static void ReadsBack(Func<RbacConfiguration, string> json) =>
        Prop.ForAll(PolicyGenerator.Meshes().ToArbitrary(), Gen.Elements(System.Enum.GetValues<RequestProtocol>()).ToArbitrary(), (mesh, protocol) =>
        {
            var configuration = PolicySet.Compile(mesh.Resources, mesh.Settings).For(Mesh.Workload).ToEnvoyRbac(protocol);
            using var document = JsonDocument.Parse(json(configuration), new() { MaxDepth = 128 });
            var filters = document.RootElement.GetProperty(protocol == RequestProtocol.Http ? "http_filters" : "filters");
            var read = filters.EnumerateArray().Select(filter => (
                filter.GetProperty("name").GetString()!, Parser.Parse<Any>(filter.GetProperty("typed_config").GetRawText())));
            Assert.Equal(configuration.Filters.Select(filter => (filter.Name, Any.Pack(filter.Configuration))), read);
        }).QuickCheckThrowOnFailure();

    // A reader that guesses the types of what is not quoted, as Envoy's does.
    private static string JsonOf(string yaml) => new SerializerBuilder().JsonCompatible().Build().Serialize(
        new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(yaml));

    private static WorkloadPolicies Load(string text)
    {
        var documents = PolicyReader.Read("in.yaml", text, new YamlLimits()).Documents;
        var resources = new ResourceSet(
            [.. documents.Select(document => document.Resource).OfType<PolicyResource>()],
            [.. documents.Where(document => document.Resource is null).Select(document =>
                new QuarantinedResource(document.Id, document.Namespace!, document.Selector))]); // the cases name theirs
        return For(resources);
    }

    private static WorkloadPolicies For(ResourceSet resources) => PolicySet.Compile(resources, Settings).For(Mesh.Workload);
}
