using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Requests;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Decisions;
using MeshCA.Revocations;
using MeshCA.Wire.Decision.V1;
using SpiffeIdentity.Svids;
using WorkloadCase = MeshCA.Wire.Decision.V1.Workload.WorkloadOneofCase;

namespace MeshCA.Rpc.Decisions;

/// <summary>Reads questions in our own form. Unlike Envoy's, a field that is not set is an attribute that is absent.</summary>
internal static class QuestionReader
{
    private const int MaxPort = 65535;
    private static readonly ClaimLimits Limits = new();

    /// <summary>Finds how a question names its workload.</summary>
    /// <param name="workload">What it says; null: nothing. Untrusted.</param>
    /// <param name="reference">The workload.</param>
    /// <returns>False where it is described wrongly.</returns>
    public static bool TryReadWorkload(Workload? workload, out WorkloadReference reference)
    {
        WorkloadDescription? description = null;
        var readable = workload?.WorkloadCase != WorkloadCase.Description
            || WorkloadDescription.TryRead(PairsOf(workload.Description), out description);
        reference = new(workload?.WorkloadCase == WorkloadCase.Principal ? workload.Principal : null, description);
        return readable;
    }

    /// <summary>Reads what a question tells of the peer.</summary>
    /// <param name="request">The request; untrusted.</param>
    public static SourceReference ReadSource(Request request) =>
        new(request.SourcePrincipal, request.Unknown.Contains(Wire.Decision.V1.Attribute.SourcePrincipal))
        {
            Certificate = request.HasSourceCertificate ? () => ReadCertificate(request.SourceCertificate) : null,
        };

    /// <summary>Reads the request of a question.</summary>
    /// <param name="request">The request; untrusted.</param>
    /// <param name="policies">What applies to its workload.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>False where an address, a port or a payload cannot be read.</returns>
    public static bool TryRead(Request request, WorkloadPolicies policies, out RequestAttributes attributes)
    {
        attributes = default;
        if (!WireAttributes.TryRead(request.Unknown, out var unknown)
            || !TryReadAddress(request.HasSourceIp, request.SourceIp, out var source)
            || !TryReadAddress(request.HasRemoteIp, request.RemoteIp, out var remote)
            || !TryReadAddress(request.HasDestinationIp, request.DestinationIp, out var destination)
            || request.DestinationPort > MaxPort
            || !TryReadStruct(request.Claims, out var claims)
            || !TryReadStruct(request.FilterMetadata, out var metadata))
        {
            return false;
        }

        // A token that nobody verified may be one to be refused.
        unknown |= claims is null && policies.JwtRules.Count > 0 ? AttributeKinds.Claims : AttributeKinds.None;
        attributes = new()
        {
            Protocol = request.Http is null ? RequestProtocol.Tcp : RequestProtocol.Http,
            SourcePrincipal = Present(request.SourcePrincipal),
            SourceIp = source,
            RemoteIp = remote,
            DestinationIp = destination,
            DestinationPort = request.HasDestinationPort ? (int)request.DestinationPort : null,
            Sni = request.HasSni ? request.Sni : null,
            Method = Present(request.Http?.Method),
            Path = Present(request.Http?.Path),
            Host = Present(request.Http?.Host),
            Headers = request.Http is { } http ? new QuestionHeaders(http.Headers) : null,
            Claims = claims,
            Token = claims is null ? TokenState.Absent : TokenState.Verified,
            FilterMetadata = metadata,
            Unsupplied = unknown,
        };
        return true;
    }

    private static Dictionary<string, string> PairsOf(Workload.Types.Description description)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [WorkloadDescription.NamespaceKey] = description.Namespace,
        };
        if (description.Labels is { } labels)
        {
            pairs[WorkloadDescription.LabelsKey] = string.Join(',', labels.Values.Select(label => $"{label.Key}={label.Value}"));
        }

        if (description.Proxy != ProxyKind.Unspecified)
        {
            pairs[WorkloadDescription.ProxyKey] = description.Proxy.ToString().ToLowerInvariant();
        }

        if (description.Service.Length > 0)
        {
            pairs[WorkloadDescription.ServiceKey] = description.Service;
        }

        return pairs;
    }

    private static CertificateFacts? ReadCertificate(ByteString der) =>
        der.Length <= X509Svid.MaxCertificateLength && CertificateFacts.TryRead(der.Memory, out var facts) ? facts : null;

    private static string? Present(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool TryReadAddress(bool isSet, string text, out IpAddress address)
    {
        address = default;
        return !isSet || IpAddress.TryParse(text, out address);
    }

    private static bool TryReadStruct(Struct? message, out ClaimValue.Struct? value)
    {
        value = null;
        return message is null || ClaimValues.TryConvert(message, Limits, out value, out _);
    }
}
