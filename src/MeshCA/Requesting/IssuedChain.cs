using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;

namespace MeshCA.Requesting;

/// <summary>A CA's answer that was checked: it certifies the key that asked, and its leaf leads to the bundle that came with it.</summary>
internal sealed class IssuedChain
{
    private const int MaxElements = 16;

    private IssuedChain(X509Svid svid, string chainPem, string bundlePem)
    {
        Svid = svid;
        ChainPem = chainPem;
        BundlePem = bundlePem;
    }

    /// <summary>Leaf and intermediates.</summary>
    public X509Svid Svid { get; }

    /// <summary>Leaf and intermediates in PEM.</summary>
    public string ChainPem { get; }

    /// <summary>The trust bundle in PEM.</summary>
    public string BundlePem { get; }

    /// <summary>Checks an answer's elements.</summary>
    /// <param name="elements">The <c>cert_chain</c>; untrusted.</param>
    /// <param name="subjectPublicKeyInfo">The key that asked.</param>
    /// <param name="now">The time of use.</param>
    /// <param name="chain">The chain, or null.</param>
    /// <param name="fault">What is wrong with the answer, or null.</param>
    public static bool TryCreate(
        IReadOnlyList<string> elements,
        ReadOnlySpan<byte> subjectPublicKeyInfo,
        DateTimeOffset now,
        [NotNullWhen(true)] out IssuedChain? chain,
        [NotNullWhen(false)] out string? fault)
    {
        chain = null;
        if (elements.Count is < 2 or > MaxElements)
        {
            fault = $"the answer has {elements.Count} elements, not 2 to {MaxElements}";
            return false;
        }

        var chainPem = string.Concat(elements.SkipLast(1));
        if (!X509Svid.TryParsePem(chainPem, out var svid, out var svidError))
        {
            fault = $"the chain is no X509-SVID: {svidError}";
            return false;
        }

        if (!svid.SubjectPublicKeyInfo.Span.SequenceEqual(subjectPublicKeyInfo))
        {
            fault = "the certificate is for another key than the one that asked";
            return false;
        }

        if (!X509Bundle.TryParsePem(svid.Id.TrustDomain, elements[^1], out var bundle, out var bundleError))
        {
            fault = $"the last element is no trust bundle: {bundleError}";
            return false;
        }

        var verdict = svid.Verify(bundle, now);
        fault = verdict == X509SvidError.None ? null : $"the leaf does not verify to the bundle: {verdict}";
        chain = fault is null ? new IssuedChain(svid, chainPem, elements[^1]) : null;
        return chain is not null;
    }
}
