using Google.Protobuf;
using Google.Protobuf.Reflection;
using MeshCA.Wire.Envoy.Core.V3;
using MeshCA.Wire.Envoy.Matchers.V3;
using MeshCA.Wire.Envoy.Rbac.V3;
using MeshCA.Wire.Envoy.Route.V3;
using MeshCA.Wire.Envoy.UriTemplate.V3;

namespace AuthzEngine.Formats.Tests.Rbac;

/// <summary>The limits that Envoy validates before it takes a configuration, wire.md §4.</summary>
internal static class EnvoyLimits
{
    /// <summary>Everything that Envoy would refuse the whole listener for.</summary>
    public static IEnumerable<string> Violations(IMessage message)
    {
        foreach (var violation in Own(message))
        {
            yield return $"{message.Descriptor.FullName}: {violation}: {message}";
        }

        foreach (var violation in Children(message).SelectMany(Violations))
        {
            yield return violation;
        }
    }

    private static IEnumerable<string> Own(IMessage message) => message switch
    {
        Policy { Permissions.Count: 0 } or Policy { Principals.Count: 0 } => ["no permission or no principal"],
        Permission { RuleCase: Permission.RuleOneofCase.None } => ["no rule"],
        Permission { RuleCase: Permission.RuleOneofCase.Any, Any: false } => ["any is false"],
        Permission { RuleCase: Permission.RuleOneofCase.DestinationPort, DestinationPort: > 65535 } => ["port"],
        Permission.Types.Set { Rules.Count: 0 } => ["empty set"],
        Principal { IdentifierCase: Principal.IdentifierOneofCase.None } => ["no identifier"],
        Principal { IdentifierCase: Principal.IdentifierOneofCase.Any, Any: false } => ["any is false"],
        Principal.Types.Set { Ids.Count: 0 } => ["empty set"],
        StringMatcher { MatchPatternCase: StringMatcher.MatchPatternOneofCase.None } => ["no pattern"],
        StringMatcher { MatchPatternCase: StringMatcher.MatchPatternOneofCase.Prefix, Prefix: "" } => ["empty prefix"],
        StringMatcher { MatchPatternCase: StringMatcher.MatchPatternOneofCase.Suffix, Suffix: "" } => ["empty suffix"],
        HeaderMatcher { Name: "" } => ["no name"],
        HeaderMatcher header when header.Name.Any(char.IsAsciiLetterUpper) => ["upper case"],
        MetadataMatcher { Filter: "" } or MetadataMatcher { Path.Count: 0 } or MetadataMatcher { Value: null } => ["incomplete"],
        MetadataMatcher.Types.PathSegment { Key: "" } => ["no key"],
        OrMatcher { ValueMatchers.Count: < 2 } => ["fewer than two"],
        CidrRange { PrefixLen: > 128 } => ["prefix length"],
        MeshCA.Wire.Envoy.NetworkRbac.V3.RBAC { StatPrefix: "" } => ["no stat_prefix"],
        TypedExtensionConfig config => Template(config.TypedConfig.Unpack<UriTemplateMatchConfig>().PathTemplate),
        _ => [],
    };

    private static IEnumerable<string> Template(string template) =>
        template is ['/', ..] && !template.StartsWith("//", StringComparison.Ordinal)
        && !template.EndsWith("//", StringComparison.Ordinal) && template.Length <= 256
            ? []
            : ["template"];

    private static IEnumerable<IMessage> Children(IMessage message) => message.Descriptor.Fields.InDeclarationOrder()
        .Where(field => field.FieldType == FieldType.Message)
        .SelectMany(field => field.Accessor.GetValue(message) switch
        {
            System.Collections.IDictionary map => map.Values.OfType<IMessage>(),
            System.Collections.IList list => list.OfType<IMessage>(),
            IMessage one => [one],
            _ => [],
        });
}
