using Grpc.Core;
using CallCredentials = MeshCA.Authentication.CallCredentials;

namespace MeshCA.Rpc;

/// <summary>Reads credentials off a call.</summary>
internal static class CallMetadata
{
    private const string Authorization = "authorization";
    private const string ClusterId = "clusterid";

    /// <summary>The call's token, cluster and verified client certificate.</summary>
    public static CallCredentials CredentialsOf(ServerCallContext context)
    {
        // The handshake let it pass, so it chains to a published root; the authenticator still asks the journal about it.
        var certificate = context.GetHttpContext().Connection.ClientCertificate;
        return CallCredentials.From(
            Values(context.RequestHeaders, Authorization),
            Values(context.RequestHeaders, ClusterId),
            certificate?.RawDataMemory ?? default);
    }

    private static IEnumerable<string> Values(Metadata headers, string key)
    {
        foreach (var entry in headers)
        {
            if (entry.Key == key)
            {
                yield return entry.Value;
            }
        }
    }
}
