namespace MeshCA.Authentication;

/// <summary>What a call carries to prove an identity.</summary>
/// <remarks>A class and not a record: a record's printed form would hold the token.</remarks>
internal sealed class CallCredentials
{
    private const string BearerPrefix = "Bearer ";

    private CallCredentials(ReadOnlyMemory<char>? token, string clusterId, ReadOnlyMemory<byte> clientCertificate)
    {
        Token = token;
        ClusterId = clusterId;
        ClientCertificate = clientCertificate;
    }

    /// <summary>The bearer token, of any form and length; null where the call has none. Secret.</summary>
    public ReadOnlyMemory<char>? Token { get; }

    /// <summary>The cluster the caller says it is in; empty where it says none or several.</summary>
    public string ClusterId { get; }

    /// <summary>The client certificate in DER that the handshake accepted; empty where there is none.</summary>
    public ReadOnlyMemory<byte> ClientCertificate { get; }

    /// <summary>Picks the credentials out of a call's metadata.</summary>
    /// <param name="authorization">The values of <c>authorization</c> in their order; untrusted.</param>
    /// <param name="clusterId">The values of <c>clusterid</c>; untrusted.</param>
    /// <param name="clientCertificate">The certificate the handshake accepted, in DER; empty for none.</param>
    public static CallCredentials From(
        IEnumerable<string> authorization, IEnumerable<string> clusterId, ReadOnlyMemory<byte> clientCertificate) =>
        new(FindToken(authorization), OnlyValue(clusterId), clientCertificate);

    // Istio's rule: the first value with exactly this prefix, whatever stands before it.
    private static ReadOnlyMemory<char>? FindToken(IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            if (value.StartsWith(BearerPrefix, StringComparison.Ordinal))
            {
                return value.AsMemory(BearerPrefix.Length);
            }
        }

        return null;
    }

    private static string OnlyValue(IEnumerable<string> values)
    {
        string? only = null;
        foreach (var value in values)
        {
            if (only is not null)
            {
                return "";
            }

            only = value;
        }

        return only ?? "";
    }
}
