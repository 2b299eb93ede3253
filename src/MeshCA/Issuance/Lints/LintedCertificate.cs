using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace MeshCA.Issuance.Lints;

/// <summary>To-be-signed bytes that passed every lint. A signing authority signs nothing else.</summary>
internal sealed class LintedCertificate
{
    private readonly ReadOnlyMemory<byte> _tbs;
    private int _redeemed;

    // Invariant: private, so that signing without linting cannot be written.
    private LintedCertificate(ReadOnlyMemory<byte> tbs, CertificatePlan plan)
    {
        _tbs = tbs;
        Plan = plan;
    }

    /// <summary>What the bytes say.</summary>
    public CertificatePlan Plan { get; }

    /// <summary>Checks bytes against their plan and its profile.</summary>
    /// <param name="tbs">The exact bytes that will be signed.</param>
    /// <param name="plan">What they are meant to say.</param>
    /// <param name="linted">The way to a signature, or null.</param>
    /// <param name="broken">The name of the first rule broken, or null.</param>
    public static bool TryLint(
        ReadOnlyMemory<byte> tbs,
        CertificatePlan plan,
        [NotNullWhen(true)] out LintedCertificate? linted,
        [NotNullWhen(false)] out string? broken)
    {
        broken = TbsCertificate.TryRead(tbs, out var certificate) ? FirstBroken(certificate, plan) : "is_der";
        linted = broken is null ? new LintedCertificate(tbs, plan) : null;
        return linted is not null;
    }

    /// <summary>Hands the bytes out, once: one lint, one signature.</summary>
    /// <exception cref="InvalidOperationException">They were handed out before.</exception>
    public ReadOnlyMemory<byte> Redeem() =>
        Interlocked.Exchange(ref _redeemed, 1) == 0
            ? _tbs
            : throw new InvalidOperationException("these bytes were signed before");

    private static string? FirstBroken(TbsCertificate certificate, CertificatePlan plan)
    {
        foreach (var lint in CertificateLints.All)
        {
            try
            {
                if (!lint.Holds(certificate, plan))
                {
                    return lint.Name;
                }
            }
            catch (AsnContentException)
            {
                return lint.Name;
            }
        }

        return null;
    }
}
