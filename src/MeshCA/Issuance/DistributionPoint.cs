namespace MeshCA.Issuance;

/// <summary>Where leaves say that the revocation list of their signer is, RFC 5280 §4.2.1.13.</summary>
/// <param name="url">What comes before the signer's id; empty: leaves say nothing.</param>
internal sealed class DistributionPoint(string url)
{
    private volatile Place? _last;

    /// <summary>The place for the leaves of a signer; null: they name none.</summary>
    /// <param name="signer">Id of the signer.</param>
    public string? Of(string signer)
    {
        if (url.Length == 0)
        {
            return null;
        }

        var last = _last;
        if (last?.Signer != signer)
        {
            _last = last = new(signer, $"{url}{signer}.crl");
        }

        return last.Text;
    }

    private sealed record Place(string Signer, string Text);
}
