using System.Net.Security;

namespace MeshCA.Agent.Connecting;

/// <summary>What proves the agent's identity to the CA in one call: a token, or a certificate that the connection shows.</summary>
/// <remarks>A class and not a record, so that no log prints it by accident.</remarks>
internal sealed class AgentCredential
{
    private AgentCredential(string source, string? token, SslStreamCertificateContext? certificate)
    {
        Source = source;
        Token = token;
        Certificate = certificate;
    }

    /// <summary>Where it is from, for logs.</summary>
    public string Source { get; }

    /// <summary>The token; null for a certificate. Secret.</summary>
    public string? Token { get; }

    /// <summary>The certificate with key and intermediates; null for a token.</summary>
    public SslStreamCertificateContext? Certificate { get; }

    /// <summary>A token.</summary>
    public static AgentCredential OfToken(string source, string token) => new(source, token, null);

    /// <summary>A certificate.</summary>
    public static AgentCredential OfCertificate(string source, SslStreamCertificateContext certificate) => new(source, null, certificate);
}

/// <summary>The credentials there are now, the best first, and why others are not among them.</summary>
/// <param name="Found">May be empty.</param>
/// <param name="Faults">For people.</param>
internal sealed record CredentialSearch(IReadOnlyList<AgentCredential> Found, IReadOnlyList<string> Faults)
{
    /// <summary>Why there is none.</summary>
    public string Fault => Faults.Count > 0 ? string.Join("; ", Faults) : "no credential is configured";
}
