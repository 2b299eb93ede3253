using MeshCA.Configuration;

namespace MeshCA.Authentication.Certificates;

/// <summary>Whether and how long certificates are renewed without a token.</summary>
/// <param name="Enabled">Whether at all.</param>
/// <param name="MaxAgeAfterToken">How long after the last token.</param>
internal sealed record RenewalPolicy(bool Enabled, TimeSpan MaxAgeAfterToken)
{
    /// <summary>Converts options that passed validation.</summary>
    public static RenewalPolicy From(ClientCertificateOptions options) => new(options.Enabled, options.MaxAgeAfterToken);
}
