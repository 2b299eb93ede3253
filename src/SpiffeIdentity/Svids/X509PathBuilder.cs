using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Svids;

/// <summary>Builds and verifies the path from a certificate to an authority of a bundle, RFC 5280 §6.</summary>
/// <remarks>
/// An authority is trusted because it is in the bundle, whoever signed it. A path with a rule that SPIFFE never uses (name
/// constraints, policies, other critical extensions, unusual signatures) is found here and then judged by the platform too.
/// </remarks>
public static class X509PathBuilder
{
    /// <summary>Builds the path and judges it by RFC 5280 §6.</summary>
    /// <param name="certificates">Certificates in DER, untrusted, of a number the caller has limited: first the one to verify,
    /// then those the path may lead through, in any order. Of these, bytes that are no certificate are passed over.</param>
    /// <param name="bundle">The authorities that are trusted.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <param name="path">The path in DER from the first certificate to the authority, both included; or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="X509SvidError.None"/>.</param>
    /// <returns>Whether a valid path leads to an authority above the first certificate. That one itself may be in the bundle:
    /// it counts as trusted only through another.</returns>
    public static bool TryBuild(
        IReadOnlyList<ReadOnlyMemory<byte>> certificates,
        X509Bundle bundle,
        DateTimeOffset now,
        [NotNullWhen(true)] out IReadOnlyList<ReadOnlyMemory<byte>>? path,
        out X509SvidError error)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        ArgumentNullException.ThrowIfNull(bundle);
        path = null;
        if (certificates.Count == 0)
        {
            error = X509SvidError.Empty;
            return false;
        }

        if (!PathCertificate.TryRead(certificates[0], out var leaf))
        {
            error = X509SvidError.MalformedCertificate;
            return false;
        }

        var read = new List<PathCertificate>(certificates.Count) { leaf };
        foreach (var der in certificates.Skip(1))
        {
            if (PathCertificate.TryRead(der, out var certificate))
            {
                read.Add(certificate);
            }
        }

        error = Build(read, bundle, now, out var found);
        path = found is null ? null : [.. found.Select(certificate => certificate.Der)];
        return path is not null;
    }

    /// <summary>Builds the path from certificates that were read before.</summary>
    /// <param name="certificates">First the one to verify, then the others, in any order.</param>
    /// <param name="bundle">The authorities that are trusted.</param>
    /// <param name="now">The time at which every certificate of the path must be valid.</param>
    /// <param name="path">The path, or null.</param>
    /// <returns>The rule that was broken, or <see cref="X509SvidError.None"/>.</returns>
    internal static X509SvidError Build(
        IReadOnlyList<PathCertificate> certificates,
        X509Bundle bundle,
        DateTimeOffset now,
        out IReadOnlyList<PathCertificate>? path)
    {
        var search = new PathSearch(certificates, bundle, now);
        path = search.Run();
        return path is null ? search.Error : X509SvidError.None;
    }
}
