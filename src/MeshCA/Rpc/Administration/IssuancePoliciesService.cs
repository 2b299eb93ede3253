using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Administration;
using MeshCA.Authentication;
using MeshCA.Issuance;
using MeshCA.IssuancePolicies;
using MeshCA.JwtSvids;
using MeshCA.PolicySources;
using MeshCA.Wire.Admin;
using MeshCA.Wire.Istio;
using CallCredentials = MeshCA.Authentication.CallCredentials;
using WireRuleStep = MeshCA.Wire.Admin.RuleStep;

namespace MeshCA.Rpc.Administration;

/// <summary>Explains the issuance policy to administrators: translates between the wire and the explainer.</summary>
/// <param name="explainer">Explains.</param>
/// <param name="loader">Knows the file; null where none is configured.</param>
internal sealed class IssuancePoliciesService(IssuanceExplainer explainer, IssuancePolicyLoader? loader)
    : Wire.Admin.IssuancePolicies.IssuancePoliciesBase
{
    /// <inheritdoc />
    public override async Task<ExplainResponse> Explain(ExplainRequest request, ServerCallContext context)
    {
        string[] authorization = request.Token.Length > 0 ? [$"Bearer {request.Token}"] : [];
        string[] clusterId = request.ClusterId.Length > 0 ? [request.ClusterId] : [];
        var asked = new IstioCertificateRequest { Csr = request.Csr, ValidityDuration = request.Lifetime?.Seconds ?? 0 };
        if (request.ImpersonatedIdentity.Length > 0)
        {
            asked.Metadata = new Struct
            {
                Fields = { [CertificateRequestFields.ImpersonatedIdentityKey] = Value.ForString(request.ImpersonatedIdentity) },
            };
        }

        var explanation = await explainer.ExplainAsync(
            asked, CallCredentials.From(authorization, clusterId, default), context.CancellationToken);
        return explanation.OutsideOf(context.GetAdminCaller()) is { } outside
            ? throw new RpcException(GrpcStatus.Of(AdminRefusal.OutOfScope, outside))
            : Translate(explanation);
    }

    /// <inheritdoc />
    public override Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        if (loader?.Status is not { } status)
        {
            return Task.FromResult(new GetStatusResponse());
        }

        return Task.FromResult(new GetStatusResponse
        {
            Path = status.Path,
            Sha256 = status.Hash,
            LoadedAt = status.LoadedAt.ToTimestamp(),
            Rules = status.Rules,
            Warnings = { status.Warnings },
            Faults = { status.Faults },
        });
    }

    private static ExplainResponse Translate(IssuanceExplanation explanation)
    {
        var response = new ExplainResponse { WouldIssue = explanation.Leaf is not null, Authentication = Translate(explanation.Authentication) };
        response.Rules.AddRange(explanation.Rules.Select(Translate));
        if (explanation.Leaf is { } leaf)
        {
            response.Leaf = Translate(leaf);
        }

        if (explanation.JwtSvid is { } token)
        {
            response.JwtSvid = Translate(token);
        }

        if (explanation.Refusal is { } refusal)
        {
            response.Refusal = new Refusal
            {
                Reason = refusal.Reason,
                Detail = refusal.Detail,
                Status = (int)refusal.Status.StatusCode,
                Message = refusal.Status.Detail,
            };
        }

        return response;
    }

    private static TokenAnswer Translate(ExplainedToken token) => (token.Default, token.Longest) switch
    {
        (JwtSvidPreparation.Ready ready, JwtSvidPreparation.Ready longest) => new()
        {
            WouldMint = true,
            Lifetime = (ready.ExpiresAt - ready.IssuedAt).ToDuration(),
            Longest = (longest.ExpiresAt - longest.IssuedAt).ToDuration(),
            KeyId = ready.Signer.Id,
        },
        (JwtSvidPreparation.Rejected(var rejection), _) => new() { Reason = rejection.Reason.ToString(), Detail = rejection.Explanation },
        (_, JwtSvidPreparation.Rejected(var rejection)) => new() { Reason = rejection.Reason.ToString(), Detail = rejection.Explanation },
        _ => new() { Reason = "Disabled" },
    };

    private static Wire.Admin.Authentication? Translate(AuthenticationOutcome? outcome) => outcome switch
    {
        AuthenticationOutcome.Authenticated(var (id, evidence)) => new()
        {
            Accepted = true,
            Authenticator = evidence.Authenticator,
            SpiffeId = id.ToString(),
            Cluster = evidence.Cluster,
            Pod = evidence.PodName ?? "",
            PodUid = evidence.PodUid ?? "",
            Node = evidence.NodeName ?? "",
        },
        AuthenticationOutcome.Refused(var reason, var detail) => new() { Authenticator = "token", Reason = reason.ToString(), Detail = detail },
        AuthenticationOutcome.Unavailable(var reason, var detail) => new() { Authenticator = "token", Reason = reason.ToString(), Detail = detail },
        _ => null,
    };

    private static WireRuleStep Translate(IssuancePolicies.RuleStep step) => new()
    {
        Name = step.Rule.Name,
        Line = step.Rule.Line,
        Denies = step.Rule.IsDenial,
        Answer = step.Answer switch
        {
            RuleAnswer.No => WireRuleStep.Types.Answer.No,
            RuleAnswer.Yes => WireRuleStep.Types.Answer.Yes,
            _ => WireRuleStep.Types.Answer.Unknown,
        },
        Attribute = IssuanceGate.NameOf(step.Attribute),
    };

    private static Leaf Translate(LeafPreparation.Ready ready)
    {
        var latest = ready.Plan.NotAfter + ready.Validity.Cut;
        var start = ready.Plan.NotBefore + ready.Rule.Lifetimes.Backdate;
        return new Leaf
        {
            Rule = ready.Rule.Name,
            SpiffeId = ready.Plan.SpiffeId?.ToString() ?? "",
            DnsNames = { ready.Plan.DnsNames },
            Key = ready.Plan.PublicKey.Algorithm.ToString(),
            KeyBits = ready.Plan.PublicKey.KeySize,
            NotBefore = ready.Plan.NotBefore.ToTimestamp(),
            NotAfterEarliest = (latest - ready.Rule.Lifetimes.LongestCut(latest - start)).ToTimestamp(),
            NotAfterLatest = latest.ToTimestamp(),
            Clamped = ready.Validity.Clamped,
            Authority = ready.Snapshot.Signer.Id,
            AuthorityNotAfter = ready.Snapshot.Signer.NotAfter.ToTimestamp(),
        };
    }
}
