using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MeshCA.Agent.Identities;
using SpiffeIdentity;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.Views;

/// <summary>The federated bundles that fit into one message to a workload; the same ones for every caller that has few identities.</summary>
/// <remarks>
/// A client takes messages of 4 MiB and refuses a larger one whole, its own SVID with it. So what other trust domains publish has a share of
/// its own, and what does not fit is left out: nobody of those domains is verified then, and the workload lives on.
/// </remarks>
/// <param name="Taken">Those that fit, by the names of their trust domains.</param>
/// <param name="LeftOut">The trust domains of the others.</param>
internal sealed record FittingBundles(ImmutableArray<FittingBundle> Taken, ImmutableArray<TrustDomain> LeftOut)
{
    /// <summary>Most bytes of X.509 bundles: of 4 MiB, 1 may be revocation lists, and the rest is for the caller's own SVIDs (<see cref="FittingIdentities"/>).</summary>
    public const int MaxX509 = 5 * 512 * 1024;

    /// <summary>Most bytes of JWT bundles, beside which nothing but the own one is sent.</summary>
    public const int MaxJwt = 7 * 512 * 1024;

    // Key and lengths of an entry of the map, which stand around each bundle.
    private const int MaxAround = 300;

    // All views and all states with the same bundles share the bytes.
    private static readonly ConditionalWeakTable<ImmutableDictionary<TrustDomain, TrustBundle>, FittingBundles> X509Of = [];
    private static readonly ConditionalWeakTable<ImmutableDictionary<TrustDomain, TrustBundle>, FittingBundles> JwtOf = [];

    /// <summary>The X.509 bundles, each its certificates in a row.</summary>
    /// <param name="state">The state; its lists and SVIDs do not matter.</param>
    public static FittingBundles X509(AgentState state) => X509Of.GetValue(
        state.Federated, static federated => Fit(federated, MaxX509, static bundle => Concatenate(bundle.X509.Authorities)));

    /// <summary>The JWT bundles, each a JWK Set.</summary>
    /// <param name="state">The state.</param>
    public static FittingBundles Jwt(AgentState state) => JwtOf.GetValue(
        state.Federated, static federated => Fit(federated, MaxJwt, static bundle => JwtBundleWriter.Write(bundle.Jwt)));

    /// <summary>Of those that fit, the ones that fit into less room as well: a caller with many identities has less left.</summary>
    /// <param name="room">Bytes.</param>
    public FittingBundles Within(int room)
    {
        if (room >= Taken.Sum(one => SizeOf(one.Document)))
        {
            return this;
        }

        var (taken, leftOut) = (ImmutableArray.CreateBuilder<FittingBundle>(), LeftOut.ToBuilder());
        foreach (var one in Taken)
        {
            if (SizeOf(one.Document) > room)
            {
                leftOut.Add(one.TrustDomain);
                continue;
            }

            room -= SizeOf(one.Document);
            taken.Add(one);
        }

        return new(taken.ToImmutable(), leftOut.ToImmutable());
    }

    /// <summary>Certificates in a row, as the Workload API has them.</summary>
    public static byte[] Concatenate(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        var joined = new byte[certificates.Sum(certificate => certificate.Length)];
        var rest = joined.AsSpan();
        foreach (var certificate in certificates)
        {
            certificate.Span.CopyTo(rest);
            rest = rest[certificate.Length..];
        }

        return joined;
    }

    /// <summary>The trust domains that are left out of either kind, by their names.</summary>
    public static IReadOnlyList<TrustDomain> FindLeftOut(AgentState state) =>
        [.. X509(state).LeftOut.Union(Jwt(state).LeftOut).OrderBy(domain => domain.Name, StringComparer.Ordinal)];

    // A large one does not keep a small one out that comes after it.
    private static FittingBundles Fit(ImmutableDictionary<TrustDomain, TrustBundle> federated, int most, Func<TrustBundle, byte[]> write)
    {
        var taken = ImmutableArray.CreateBuilder<FittingBundle>(federated.Count);
        var leftOut = ImmutableArray.CreateBuilder<TrustDomain>();
        var room = most;
        foreach (var bundle in federated.Values.OrderBy(bundle => bundle.TrustDomain.Name, StringComparer.Ordinal))
        {
            var document = write(bundle);
            if (SizeOf(document) > room)
            {
                leftOut.Add(bundle.TrustDomain);
                continue;
            }

            room -= SizeOf(document);
            taken.Add(new(bundle.TrustDomain, document));
        }

        return new(taken.ToImmutable(), leftOut.ToImmutable());
    }

    private static int SizeOf(byte[] document) => document.Length + MaxAround;
}

/// <summary>One bundle as it is sent.</summary>
/// <param name="TrustDomain">Whose it is.</param>
/// <param name="Document">Its bytes; never changed.</param>
internal sealed record FittingBundle(TrustDomain TrustDomain, byte[] Document);
