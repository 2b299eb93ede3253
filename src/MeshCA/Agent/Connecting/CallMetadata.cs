using Grpc.Core;
using MeshCA.Configuration;

namespace MeshCA.Agent.Connecting;

/// <summary>The metadata of calls to the CA (istio-ca §6.3).</summary>
internal static class CallMetadata
{
    /// <summary>Puts it together.</summary>
    /// <param name="options">Cluster and further headers.</param>
    /// <param name="credential">Has the token, if it is one.</param>
    public static Metadata Of(AgentOptions options, AgentCredential credential)
    {
        var metadata = new Metadata();
        if (credential.Token is { } token)
        {
            metadata.Add("authorization", "Bearer " + token);
        }

        if (options.ClusterId.Length > 0)
        {
            metadata.Add("clusterid", options.ClusterId);
        }

        foreach (var (name, value) in options.Headers)
        {
            metadata.Add(name, value);
        }

        return metadata;
    }
}
