using AuthzEngine.Compilation;
using AuthzEngine.Matching;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Collects notes, each once and in the order in which their causes were met.</summary>
internal sealed class RbacNotes
{
    private readonly List<RbacNote> _notes = [];

    public IReadOnlyList<RbacNote> All => _notes;

    public void AddProvider(string provider, RequestProtocol protocol) => Add(
        RbacNoteKind.ExternalAuthorization,
        $"`envoy.filters.{(protocol == RequestProtocol.Http ? "http" : "network")}.ext_authz` must follow the shadow rules named"
        + $" `istio-ext-authz-{provider}-` and ask provider `{provider}` where the metadata"
        + " `istio_ext_authz_shadow_effective_policy_id` starts with that name");

    public void AddTokens() => Add(
        RbacNoteKind.RequestAuthentication,
        "tokens must be verified by `envoy.filters.http.jwt_authn` after the filters of CUSTOM and before all others");

    public void AddStrict(bool exported) => Add(
        RbacNoteKind.MutualTls,
        "PeerAuthentication says STRICT: the listener must demand client certificates"
        + (exported ? "; the filters deny peers without identity, but see them only after the handshake" : ""));

    public void AddInvalid() => Add(
        RbacNoteKind.InvalidResource,
        "an invalid resource that was never valid names this workload: everything is denied until it is corrected");

    public void AddRefusedTemplate(PathPattern.Template template) => Add(
        RbacNoteKind.PathTemplate, $"Envoy refuses the path template `{template.Text}`: it stands as a regular expression");

    public void AddRepeatedLines(Clause.Header header)
    {
        if (header.Lines == RepeatedHeaders.Joined)
        {
            Add(
                RbacNoteKind.RepeatedHeaders,
                "repeated lines of a header are joined only by proxies without the fix of CVE-2026-26308; others match each line");
        }
    }

    public void AddJoinedPrincipals() => Add(
        RbacNoteKind.RequestPrincipals,
        "request principals are matched on `issuer/subject`, which only proxies with the filter `istio_authn` have (Istio before 1.22)");

    private void Add(RbacNoteKind kind, string message)
    {
        var note = new RbacNote(kind, message);
        if (!_notes.Contains(note))
        {
            _notes.Add(note);
        }
    }
}
