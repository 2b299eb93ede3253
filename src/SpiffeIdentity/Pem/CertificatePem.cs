using System.Diagnostics.CodeAnalysis;

namespace SpiffeIdentity.Pem;

/// <summary>Reads certificates that stand one after the other in a PEM text.</summary>
public static class CertificatePem
{
    /// <summary>Reads all certificates of a text.</summary>
    /// <param name="text">The text; untrusted.</param>
    /// <param name="maxLength">The longest text, in characters.</param>
    /// <param name="maxCount">The most certificates.</param>
    /// <param name="certificates">What the blocks hold, in their order, or null; that it is DER of certificates is not checked here.</param>
    /// <param name="error">The rule that was broken, or <see cref="PemError.None"/>.</param>
    /// <returns>Whether the text holds at least one certificate, and nothing else in PEM.</returns>
    public static bool TryRead(
        ReadOnlySpan<char> text,
        int maxLength,
        int maxCount,
        [NotNullWhen(true)] out IReadOnlyList<ReadOnlyMemory<byte>>? certificates,
        out PemError error)
    {
        certificates = null;
        error = text.Length > maxLength ? PemError.TooLarge : ReadAll(text, maxCount, out certificates);
        return certificates is not null;
    }

    private static PemError ReadAll(
        ReadOnlySpan<char> text, int maxCount, out IReadOnlyList<ReadOnlyMemory<byte>>? certificates)
    {
        certificates = null;
        var found = new List<ReadOnlyMemory<byte>>();
        var reader = new PemReader(text);
        PemError error;
        while (reader.TryRead(out var label, out var content, out error))
        {
            if (label is not PemWriter.CertificateLabel)
            {
                return PemError.WrongLabel;
            }

            if (found.Count == maxCount)
            {
                return PemError.TooMany;
            }

            found.Add(content);
        }

        if (error != PemError.NoBlock || found.Count == 0)
        {
            return error;
        }

        certificates = found;
        return PemError.None;
    }
}
