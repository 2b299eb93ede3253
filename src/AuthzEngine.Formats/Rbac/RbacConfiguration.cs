using AuthzEngine.Requests;
using Google.Protobuf;

namespace AuthzEngine.Formats.Rbac;

/// <summary>The policies of one workload and protocol as filters of a proxy.</summary>
/// <param name="Protocol">Whether they are HTTP filters or network filters.</param>
/// <param name="Filters">The filters, in the order in which they must run.</param>
/// <param name="Notes">What the filters leave to the rest of the proxy's configuration, each once.</param>
public sealed record RbacConfiguration(
    RequestProtocol Protocol, IReadOnlyList<RbacFilter> Filters, IReadOnlyList<RbacNote> Notes);

/// <summary>One filter.</summary>
/// <param name="Name">Name of the filter, such as <c>envoy.filters.http.rbac</c>.</param>
/// <param name="Configuration">Its configuration: the RBAC message of the HTTP or of the network filter.</param>
public sealed record RbacFilter(string Name, IMessage Configuration);

/// <summary>What a reader of the export must know.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">What to do, or what differs; one line.</param>
public sealed record RbacNote(RbacNoteKind Kind, string Message);

/// <summary>What a note is about.</summary>
public enum RbacNoteKind
{
    /// <summary>PeerAuthentication says STRICT: the listener must refuse plaintext.</summary>
    MutualTls,

    /// <summary>Tokens must be verified by a filter between CUSTOM and AUDIT.</summary>
    RequestAuthentication,

    /// <summary>A provider must be asked by a filter of its own.</summary>
    ExternalAuthorization,

    /// <summary>An invalid resource denies everything.</summary>
    InvalidResource,

    /// <summary>A path template that Envoy refuses stands as a regular expression.</summary>
    PathTemplate,

    /// <summary>The proxy's version decides how repeated lines of a header are matched.</summary>
    RepeatedHeaders,

    /// <summary>Request principals need the metadata of a filter that Istio dropped in 1.22.</summary>
    RequestPrincipals,
}
