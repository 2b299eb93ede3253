using System.Diagnostics;
using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using MeshCA.Wire.Envoy.Matchers.V3;
using MeshCA.Wire.Envoy.Rbac.V3;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Writes clauses about who calls, and with which headers, as principals.</summary>
internal sealed class PrincipalExport(RbacExportOptions options, RbacNotes notes)
{
    private const string PeerPrincipalState = "io.istio.peer_principal";

    public static Principal Anyone => new() { Any = true };

    /// <summary>A principal that all clauses describe.</summary>
    public Principal AllOf(IEnumerable<Clause> clauses)
    {
        var all = new Principal.Types.Set { Ids = { clauses.Select(Of) } };
        if (all.Ids.Count == 0)
        {
            all.Ids.Add(Anyone);
        }

        return new Principal { AndIds = all };
    }

    /// <summary>A peer whose identity matches.</summary>
    public Principal Peer(StringMatcher identity) => options.PeerIdentity == PeerIdentitySource.FilterState
        ? new() { FilterState = new() { Key = PeerPrincipalState, StringMatch = identity } }
        : new() { Authenticated = new() { PrincipalName = identity } };

    private Principal Of(Clause clause)
    {
        var any = new Principal { OrIds = new() { Ids = { Values(clause) } } };
        return clause.Negated ? new() { NotId = any } : any;
    }

    private IEnumerable<Principal> Values(Clause clause) => clause switch
    {
        Clause.Peer peer => peer.Patterns.Select(pattern => Peer(StringMatchers.Of(pattern))),
        Clause.Address address => address.Blocks.Select(block => Address(address.Attribute, block)),
        Clause.Text text => text.Patterns.Select(pattern => Header(HeaderMatchers.NameOf(text.Attribute), pattern)),
        Clause.Header header => Header(header),
        Clause.RequestPrincipal principal => principal.Patterns.Select(RequestPrincipal),
        Clause.Claims claims => claims.Patterns.Select(pattern => Metadata(MetadataMatchers.OfClaim(claims.Claim, pattern))),
        _ => throw new UnreachableException($"{clause.GetType().Name} is a permission"),
    };

    private static Principal Address(AddressAttribute attribute, CidrBlock block) => attribute switch
    {
        AddressAttribute.Source => new() { DirectRemoteIp = CidrRanges.Of(block) },
        AddressAttribute.Remote => new() { RemoteIp = CidrRanges.Of(block) },
        _ => throw new UnreachableException("the destination is a permission"),
    };

    private static Principal Header(string name, TextPattern pattern) => new() { Header = HeaderMatchers.Of(name, pattern) };

    private IEnumerable<Principal> Header(Clause.Header header)
    {
        notes.AddRepeatedLines(header);
        return header.Patterns.Select(pattern => Header(header.Name, pattern));
    }

    private Principal RequestPrincipal(RequestPrincipalPattern pattern)
    {
        switch (pattern)
        {
            case RequestPrincipalPattern.Apart(var issuer, var subject):
                var both = new Principal.Types.Set();
                both.Ids.Add(Metadata(MetadataMatchers.OfPrincipalClaim("iss", issuer)));
                both.Ids.Add(Metadata(MetadataMatchers.OfPrincipalClaim("sub", subject)));
                return new() { AndIds = both };
            case RequestPrincipalPattern.Joined(var joined):
                notes.AddJoinedPrincipals();
                return Metadata(MetadataMatchers.OfJoinedPrincipal(joined));
            default:
                throw new UnreachableException();
        }
    }

    private Principal Metadata(MetadataMatcher matcher) => options.Metadata == MetadataForm.SourcedMetadata
        ? new() { SourcedMetadata = new() { MetadataMatcher = matcher } }
        : new() { Metadata = matcher };
}
