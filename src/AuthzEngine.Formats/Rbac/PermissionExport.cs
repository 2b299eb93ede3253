using System.Diagnostics;
using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using MeshCA.Wire.Envoy.Matchers.V3;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes clauses about what is done, and where the connection ends, as permissions.</summary>
internal sealed class PermissionExport(RbacExportOptions options, RbacNotes notes)
{
    public static Permission Anything => new() { Any = true };

    /// <summary>Whether a condition of <c>when</c> belongs here: Envoy has no such principals.</summary>
    public static bool Describes(Clause clause) => clause
        is Clause.Port
        or Clause.Metadata
        or Clause.Address { Attribute: AddressAttribute.Destination }
        or Clause.Text { Attribute: TextAttribute.Sni };

    /// <summary>A permission that all clauses describe.</summary>
    public Permission AllOf(IEnumerable<Clause> clauses)
    {
        var all = new Permission.Types.Set { Rules = { clauses.Select(Of) } };
        if (all.Rules.Count == 0)
        {
            all.Rules.Add(Anything);
        }

        return new Permission { AndRules = all };
    }

    private Permission Of(Clause clause)
    {
        var any = new Permission { OrRules = new() { Rules = { Values(clause) } } };
        return clause.Negated ? new() { NotRule = any } : any;
    }

    private IEnumerable<Permission> Values(Clause clause) => clause switch
    {
        Clause.Port port => port.Ports.Select(Port),
        Clause.Path path => path.Patterns.Select(Path),
        Clause.Text { Attribute: TextAttribute.Sni } text => text.Patterns.Select(ServerName),
        Clause.Text text => text.Patterns.Select(pattern => Header(HeaderMatchers.NameOf(text.Attribute), pattern)),
        Clause.Address { Attribute: AddressAttribute.Destination } address => address.Blocks.Select(Destination),
        Clause.Metadata metadata => metadata.Patterns.Select(
            pattern => Metadata(MetadataMatchers.OfKey(metadata.Filter, metadata.Key, pattern))),
        _ => throw new UnreachableException($"{clause.GetType().Name} is a principal"),
    };

    private static Permission Port(int port) => new() { DestinationPort = (uint)port };

    private static Permission Destination(CidrBlock block) => new() { DestinationIp = CidrRanges.Of(block) };

    private static Permission ServerName(TextPattern pattern) => new() { RequestedServerName = StringMatchers.Of(pattern) };

    private static Permission Header(string name, TextPattern pattern) => new() { Header = HeaderMatchers.Of(name, pattern) };

    private Permission Path(PathPattern pattern)
    {
        switch (pattern)
        {
            case PathPattern.Generic(var text):
                return new() { UrlPath = PathMatchers.Of(text) };
            case PathPattern.Template template when PathMatchers.OfTemplate(template) is { } accepted:
                return new() { UriTemplate = accepted };
            case PathPattern.Template template:
                notes.AddRefusedTemplate(template);
                return new() { UrlPath = PathMatchers.OfExpression(template) };
            default:
                throw new UnreachableException();
        }
    }

    private Permission Metadata(MetadataMatcher matcher) => options.Metadata == MetadataForm.SourcedMetadata
        ? new() { SourcedMetadata = new() { MetadataMatcher = matcher } }
        : new() { Metadata = matcher };
}
