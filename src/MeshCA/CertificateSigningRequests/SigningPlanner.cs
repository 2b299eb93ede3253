using System.Diagnostics.CodeAnalysis;
using MeshCA.Csr;
using MeshCA.Issuance;
using MeshCA.Registration;
using SpiffeIdentity;

namespace MeshCA.CertificateSigningRequests;

/// <summary>Decides what is to be done about a request of the API server's; pure. Whether the leaf may be issued is for the issuer to say.</summary>
internal static class SigningPlanner
{
    private const string ServiceAccountPrefix = "system:serviceaccount:";
    private const string ServiceAccounts = "system:serviceaccounts";
    private const string ServerAuth = "server auth";
    private const string ClientAuth = "client auth";

    // What the profile of leaves can be used for, in the API's words (istio-ca §3.5 asks for all four).
    private static readonly HashSet<string> Usages = new(StringComparer.Ordinal) { "digital signature", "key encipherment", ServerAuth, ClientAuth };

    private static readonly SigningPlan.Leave Leave = new();

    /// <summary>Decides.</summary>
    /// <param name="request">The request.</param>
    /// <param name="settings">What we go by.</param>
    /// <param name="now">The time.</param>
    public static SigningPlan Plan(SigningRequest request, SigningSettings settings, DateTimeOffset now)
    {
        if (!settings.SignerNames.Contains(request.SignerName) || request.IsSettled
            || (!request.IsApproved && !settings.ApprovesOwnIdentity))
        {
            return Leave;
        }

        var refusal = Read(request, settings, now, out var leaf, out var isOwn);
        if (!request.IsApproved)
        {
            // What is not in order waits for a person, who may deny it: a failure is for requests that were approved.
            return refusal is null && isOwn && leaf is not null ? new SigningPlan.Approve(leaf) : Leave;
        }

        return refusal is null ? new SigningPlan.Sign(leaf ?? throw new System.Diagnostics.UnreachableException()) : refusal;
    }

    private static SigningPlan.Fail? Read(
        SigningRequest request, SigningSettings settings, DateTimeOffset now, out SvidRequest? leaf, out bool isOwn)
    {
        leaf = null;
        isOwn = false;
        if (!TryReadRequester(request, out var ns, out var account)
            || !SpiffeId.TryFromSegments(settings.TrustDomain, ["ns", ns, "sa", account], out var own, out _))
        {
            return new(SigningRefusal.RequesterNotServiceAccount, "only service accounts get certificates of workloads");
        }

        if (CheckUsages(request.Usages) is { } usage)
        {
            return usage;
        }

        if (!CertificateSigningRequest.TryParsePem(request.Pem, settings.Csr, out var csr, out var error))
        {
            return new(SigningRefusal.BadRequest, CsrErrorText.Of(error));
        }

        var asked = RequestedUris.OfPem(request.Pem);
        if (asked.IsMalformed || asked.HasOtherNames)
        {
            return new(SigningRefusal.NamesNotAllowed, "the CSR may ask for a SPIFFE ID and DNS names only");
        }

        var isTrusted = settings.TrustedRequesters.Contains($"{ns}/{account}");
        if (CheckIdentity(asked, own, isTrusted, settings.TrustDomain, out var id) is { } wrong)
        {
            return wrong;
        }

        if (settings.Namespaces.Count > 0 && !settings.Namespaces.Contains(id.Path.ToString().Split('/')[2]))
        {
            return new(SigningRefusal.NamespaceNotAllowed, $"certificates are not for `{id}` in this cluster");
        }

        isOwn = id.Equals(own) && asked.Uris.Count == 1 && !asked.HasDnsNames;
        leaf = new SvidRequest(
            new CallerIdentity(id, EvidenceOf(request, settings, now) with { RequestedBy = isTrusted && !id.Equals(own) ? own : null }),
            csr.PublicKey,
            request.Lifetime ?? TimeSpan.Zero,
            $"kubernetes:{settings.Cluster}/certificatesigningrequests/{request.Name}")
        {
            Names = csr.Names,
        };
        return null;
    }

    // The group too: a client certificate may say any user name, and only the API server itself adds the group to its own accounts.
    private static bool TryReadRequester(
        SigningRequest request, [NotNullWhen(true)] out string? ns, [NotNullWhen(true)] out string? account)
    {
        ns = account = null;
        if (!request.Username.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) || !request.Groups.Contains(ServiceAccounts))
        {
            return false;
        }

        var rest = request.Username[ServiceAccountPrefix.Length..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == rest.Length - 1 || rest.IndexOf(':', colon + 1) >= 0)
        {
            return false;
        }

        (ns, account) = (rest[..colon], rest[(colon + 1)..]);
        return request.Groups.Contains($"{ServiceAccounts}:{ns}");
    }

    private static SigningPlan.Fail? CheckUsages(IReadOnlyList<string> usages)
    {
        if (usages.FirstOrDefault(usage => !Usages.Contains(usage)) is { } foreign)
        {
            var shown = foreign.Length <= 64 ? foreign : foreign[..64];
            return new(SigningRefusal.UsageNotAllowed, $"certificates of workloads are not for `{shown}`");
        }

        return usages.Contains(ServerAuth) || usages.Contains(ClientAuth)
            ? null
            : new(SigningRefusal.UsageMissing, $"certificates of workloads are for `{ClientAuth}` and `{ServerAuth}`, and neither is asked for");
    }

    // istio-ca §3.5: each name of the CSR must be the requester's; §4.4: a registration authority asks for others.
    private static SigningPlan.Fail? CheckIdentity(
        RequestedUris asked, SpiffeId own, bool isTrusted, TrustDomain trustDomain, out SpiffeId id)
    {
        id = own;
        if (!isTrusted)
        {
            return asked.Uris.All(uri => uri == own.ToString()) && asked.Uris.Count <= 1
                ? null
                : new(SigningRefusal.OtherIdentity, $"the requester is `{own}`, and the CSR asks for something else");
        }

        if (asked.Uris is not [var only])
        {
            return new(SigningRefusal.IdentityMissing, "a trusted requester's CSR asks for exactly one SPIFFE ID");
        }

        // Rebuilt from its parts, so that what is signed is what was checked.
        if (!SpiffeId.TryParse(only, out var wanted, out _)
            || wanted.Path.ToString().Split('/') is not ["", "ns", var ns, "sa", var account]
            || !wanted.MemberOf(trustDomain)
            || !SpiffeId.TryFromSegments(trustDomain, ["ns", ns, "sa", account], out var rebuilt, out _)
            || rebuilt.ToString() != only)
        {
            return new(SigningRefusal.ForeignIdentity, $"the CSR asks for no service account's identity in the trust domain `{trustDomain}`");
        }

        id = rebuilt;
        return null;
    }

    private static AuthenticationEvidence EvidenceOf(SigningRequest request, SigningSettings settings, DateTimeOffset now) => new()
    {
        Authenticator = $"csr:{request.SignerName}",

        // The API server authenticated the requester then; clocks may differ.
        TokenTime = request.CreatedAt < now ? request.CreatedAt : now,
        TokenId = request.Uid,
        Cluster = settings.Cluster,
        PodName = request.PodName,
        PodUid = request.PodUid,
        NodeName = request.NodeName,
    };
}
