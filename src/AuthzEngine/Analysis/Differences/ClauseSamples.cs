using System.Diagnostics;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Evaluation.Clauses;
using AuthzEngine.Matching;
using AuthzEngine.Requests;

namespace AuthzEngine.Analysis.Differences;

/// <summary>Sets the attribute of a clause to values at the boundaries of its patterns.</summary>
internal sealed class ClauseSamples
{
    private readonly CompiledClause _clause;

    public ClauseSamples(Clause clause)
    {
        _clause = CompiledClause.Of(clause, new ClausePool());
        All = [.. Around(clause)];
        Holding = All.FirstOrDefault(Holds) ?? (static probe => probe);
    }

    /// <summary>Each sets one value; the last takes the attribute away.</summary>
    public IReadOnlyList<Func<ProbeRequest, ProbeRequest>> All { get; }

    /// <summary>The first that makes the clause hold; does nothing where none does.</summary>
    public Func<ProbeRequest, ProbeRequest> Holding { get; }

    private bool Holds(Func<ProbeRequest, ProbeRequest> change)
    {
        var attributes = change(new()).Attributes;
        var view = new RequestView(in attributes);
        return _clause.Holds(in view);
    }

    private static IEnumerable<Func<ProbeRequest, ProbeRequest>> Around(Clause clause) => clause switch
    {
        Clause.Peer peer => Texts(peer.Patterns.SelectMany(TextSamples.Around), static (probe, value) => probe with { Peer = value }),
        Clause.Address address => address.Blocks.SelectMany(Addresses).Append(default)
            .Select<IpAddress, Func<ProbeRequest, ProbeRequest>>(value => probe => Set(probe, address.Attribute, value)),
        Clause.Port port => port.Ports.SelectMany(value => new int?[] { value, (value + 1) % 65536 }).Append(null)
            .Select<int?, Func<ProbeRequest, ProbeRequest>>(value => probe => probe with { Port = value }),
        Clause.Text text => Texts(text.Patterns.SelectMany(TextSamples.Around), (probe, value) => Set(probe, text.Attribute, value)),
        Clause.Path path => Texts(path.Patterns.SelectMany(TextSamples.Around), static (probe, value) => probe with { Path = value }),
        Clause.Header header => Texts(
            header.Patterns.SelectMany(TextSamples.Around), (probe, value) => SetHeader(probe, header.Name, value)),
        Clause.RequestPrincipal principal => Principals(principal),
        Clause.Claims claims => Texts(
            claims.Patterns.SelectMany(TextSamples.Around),
            (probe, value) => probe.WithClaim(claims.Claim.Names, value is null ? null : new ClaimValue.Text(value))),
        Clause.Metadata metadata => metadata.Patterns.SelectMany(pattern => Values(metadata, pattern)),
        _ => throw new UnreachableException(),
    };

    private static IEnumerable<Func<ProbeRequest, ProbeRequest>> Texts(
        IEnumerable<string> texts, Func<ProbeRequest, string?, ProbeRequest> set) =>
        texts.Append(null).Select<string?, Func<ProbeRequest, ProbeRequest>>(text => probe => set(probe, text));

    private static IEnumerable<Func<ProbeRequest, ProbeRequest>> Values(Clause.Metadata clause, MetadataPattern pattern) => Texts(
        TextSamples.Around(pattern.Pattern),
        (probe, value) => probe.WithMetadata(clause.Filter, clause.Key, value switch
        {
            null => null,
            _ when pattern.InList => new ClaimValue.List([new ClaimValue.Text(value)]),
            _ => new ClaimValue.Text(value),
        }));

    private static IEnumerable<Func<ProbeRequest, ProbeRequest>> Principals(Clause.RequestPrincipal clause)
    {
        foreach (var pattern in clause.Patterns)
        {
            var (issuers, subjects) = pattern switch
            {
                RequestPrincipalPattern.Apart apart => (TextSamples.Around(apart.Issuer), TextSamples.Around(apart.Subject)),
                RequestPrincipalPattern.Joined joined => (TextSamples.Around(joined.Pattern).Select(text => text.Split('/')[0]), ["x"]),
                _ => throw new UnreachableException(),
            };
            foreach (var (issuer, subject) in issuers.SelectMany(_ => subjects, (issuer, subject) => (issuer, subject)))
            {
                yield return probe => probe
                    .WithClaim(["iss"], new ClaimValue.Text(issuer))
                    .WithClaim(["sub"], new ClaimValue.Text(subject));
            }
        }

        yield return static probe => probe with { Claims = null };
    }

    // The ends of the block and its neighbours; beyond the ends of all addresses there is none.
    private static IEnumerable<IpAddress> Addresses(CidrBlock block)
    {
        var hostBits = block.Address.Bits - block.PrefixLength;
        var mask = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        var (first, last) = (block.Address.Value & ~mask, block.Address.Value | mask);
        yield return block.Address.With(first);
        yield return block.Address.With(last);
        if (first != 0)
        {
            yield return block.Address.With(first - 1);
        }

        if (last != block.Address.Highest)
        {
            yield return block.Address.With(last + 1);
        }
    }

    private static ProbeRequest Set(ProbeRequest probe, AddressAttribute attribute, IpAddress value) => attribute switch
    {
        AddressAttribute.Source => probe with { SourceIp = value },
        AddressAttribute.Remote => probe with { RemoteIp = value },
        _ => probe with { DestinationIp = value },
    };

    private static ProbeRequest Set(ProbeRequest probe, TextAttribute attribute, string? value) => attribute switch
    {
        TextAttribute.Host => probe with { Host = value },
        TextAttribute.Method => probe with { Method = value },
        TextAttribute.RawPath => probe with { Path = value },
        _ => probe with { Sni = value },
    };

    private static ProbeRequest SetHeader(ProbeRequest probe, string name, string? value) =>
        probe with { Headers = value is null ? probe.Headers.Remove(name) : probe.Headers.SetItem(name, value) };
}
