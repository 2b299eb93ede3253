using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace Kubernetes.Tests.Tokens;

/// <summary>What the service answers to questions for certificates.</summary>
internal static class Answers
{
    private const string AlternativeNames = "2.5.29.17";

    /// <summary>A question with a token, perhaps for another identity.</summary>
    public static Ask Of(string token, string? identity = null) =>
        new() { Token = token, Fields = identity is null ? null : new Struct { Fields = { ["ImpersonatedIdentity"] = Value.ForString(identity) } } };

    /// <summary>The SPIFFE ID of the certificate that it gets.</summary>
    public static async Task<string> IdentityAsync(this MeshService service, Ask ask)
    {
        using var client = service.Connect();
        return IdentityOf(await AskAsync(client, ask));
    }

    /// <summary>The SPIFFE ID in an answer.</summary>
    public static string IdentityOf(CsrAnswer answer)
    {
        var names = Encoding.ASCII.GetString(Assert.Single(answer.Leaf.Extensions, extension => extension.Oid?.Value == AlternativeNames).RawData);
        return names[names.IndexOf("spiffe://", StringComparison.Ordinal)..];
    }

    /// <summary>Asks with a fresh key.</summary>
    public static async Task<CsrAnswer> AskAsync(MeshClient client, Ask ask)
    {
        using var key = WorkloadKey.P256();
        return await client.AskAsync(key.Csr(), ask);
    }

    /// <summary>It must refuse as it refuses all who are not authenticated, and its audit must know why.</summary>
    public static async Task RefusesAsync(this MeshService service, Ask ask, string reason)
    {
        using var client = service.Connect();
        var status = await client.RefusalOfAsync(ask);
        Assert.Equal((StatusCode.Unauthenticated, "request authenticate failure"), (status.StatusCode, status.Detail));
        await AuditAsync(service, reason);
    }

    /// <summary>It must say that it cannot tell now.</summary>
    public static async Task CannotTellAsync(this MeshService service, Ask ask)
    {
        using var client = service.Connect();
        Assert.Equal(StatusCode.Unavailable, (await client.RefusalOfAsync(ask)).StatusCode);
    }

    /// <summary>Its audit must come to tell of a refusal for a reason.</summary>
    public static async Task AuditAsync(MeshService service, string reason)
    {
        try
        {
            await Eventually.TrueAsync(() => Reasons().Contains(reason), $"an audit entry of {reason}");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"no audit entry of {reason}, only of {string.Join(", ", Reasons())}");
        }

        IEnumerable<string> Reasons() => service.Store.Audit("csr.refused").Select(entry => entry.Detail.Split(',', ':')[0]).Distinct();
    }
}
