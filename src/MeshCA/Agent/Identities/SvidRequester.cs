using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.Agent.Connecting;
using MeshCA.Agent.Registration;
using MeshCA.Configuration;
using MeshCA.Requesting;
using MeshCA.Wire.Istio;
using SpiffeIdentity;

namespace MeshCA.Agent.Identities;

/// <summary>Asks the CA for one SVID: a new key, its CSR, the call, and every check of the answer (istio-ca §1, §6.2).</summary>
/// <param name="options">What to ask for.</param>
/// <param name="credentials">Prove who asks.</param>
/// <param name="channels">Lead to the CA.</param>
/// <param name="clock">The clock.</param>
internal sealed class SvidRequester(AgentOptions options, AgentCredentials credentials, CaChannels channels, TimeProvider clock)
{
    private const string CertSigner = "CertSigner";
    private const string ImpersonatedIdentity = "ImpersonatedIdentity";
    private readonly TrustDomain _trustDomain = TrustDomain.Parse(options.TrustDomain);

    /// <summary>Asks once, with each credential in turn until one is taken.</summary>
    /// <param name="entry">For which entry.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<SvidOutcome> RequestAsync(RegistrationEntry entry, CancellationToken cancellationToken)
    {
        var search = credentials.Find(entry);
        SvidOutcome outcome = new SvidOutcome.Failed(FailureCause.Credential, search.Fault, null);
        foreach (var credential in search.Found)
        {
            outcome = await RequestAsync(entry, credential, cancellationToken);

            // A certificate may have come to be refused: expired by the CA's clock, or of a root that is gone. Then the token decides.
            if (credential.Certificate is null || outcome is not SvidOutcome.Failed { Cause: FailureCause.Refused or FailureCause.Unavailable })
            {
                return outcome;
            }
        }

        return outcome;
    }

    private async Task<SvidOutcome> RequestAsync(RegistrationEntry entry, AgentCredential credential, CancellationToken cancellationToken)
    {
        using var lease = channels.Take(credential.Certificate, out var fault);
        if (lease is null)
        {
            return new SvidOutcome.Failed(FailureCause.Credential, fault ?? "", null);
        }

        using var key = WorkloadKey.Generate(options.KeyAlgorithm);
        try
        {
            var call = new CallOptions(
                CallMetadata.Of(options, credential),
                TimeProvider.System.GetUtcNow().UtcDateTime + options.RequestTimeout, // as the gRPC layer measures it
                cancellationToken);
            var answer = await new IstioCertificateService.IstioCertificateServiceClient(lease.Channel)
                .CreateCertificateAsync(RequestOf(entry, key), call);
            return Check(entry, key, answer.CertChain);
        }
        catch (RpcException e)
        {
            // A call that was given up ends as one that failed: whoever gave it up is to see that, and nothing else.
            cancellationToken.ThrowIfCancellationRequested();
            return new SvidOutcome.Failed(CauseOf(e.StatusCode), RpcFailures.Describe(e.Status), RetryAdvice.Read(e.Trailers));
        }
    }

    private IstioCertificateRequest RequestOf(RegistrationEntry entry, WorkloadKey key)
    {
        var metadata = new Struct();
        if (options.CertSigner.Length > 0)
        {
            metadata.Fields[CertSigner] = Value.ForString(options.CertSigner);
        }

        if (entry is { Id: { } other, TokenFile: null } && !credentials.IsOwn(entry))
        {
            metadata.Fields[ImpersonatedIdentity] = Value.ForString(other.ToString());
        }

        return new IstioCertificateRequest
        {
            Csr = key.ToSigningRequest(entry.Id),
            ValidityDuration = (long)options.Lifetime.TotalSeconds,
            Metadata = metadata.Fields.Count > 0 ? metadata : null,
        };
    }

    private SvidOutcome Check(RegistrationEntry entry, WorkloadKey key, IReadOnlyList<string> elements)
    {
        var now = clock.GetUtcNow();
        if (!CheckedAnswer.TryCreate(elements, key.ExportSubjectPublicKeyInfo(), new(_trustDomain, entry.Id), now, out var answer, out var fault))
        {
            return new SvidOutcome.Failed(FailureCause.Answer, fault, null);
        }

        var held = new HeldSvid { Entry = entry, Svid = answer.Svid, PrivateKey = key.ToPkcs8(), ObtainedAt = now };
        return new SvidOutcome.Obtained(held, answer);
    }

    private static FailureCause CauseOf(StatusCode code) => code switch
    {
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => FailureCause.Refused,
        StatusCode.ResourceExhausted => FailureCause.Busy,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.Internal or StatusCode.Unknown
            or StatusCode.Cancelled => FailureCause.Unavailable,
        _ => FailureCause.Request,
    };
}

/// <summary>What became of a request.</summary>
internal abstract record SvidOutcome
{
    private SvidOutcome()
    {
    }

    /// <summary>An SVID that keeps every rule.</summary>
    /// <param name="Held">The SVID with its key.</param>
    /// <param name="Answer">What else the answer said.</param>
    internal sealed record Obtained(HeldSvid Held, CheckedAnswer Answer) : SvidOutcome;

    /// <summary>None.</summary>
    /// <param name="Cause">Why.</param>
    /// <param name="Message">The same for people.</param>
    /// <param name="RetryAfter">What the CA asks for; null for nothing.</param>
    internal sealed record Failed(FailureCause Cause, string Message, TimeSpan? RetryAfter) : SvidOutcome;
}

/// <summary>Why there is no SVID; a label of metrics.</summary>
internal enum FailureCause
{
    /// <summary>No credential, or no roots: files are missing.</summary>
    Credential,

    /// <summary>The CA cannot be reached, or cannot answer now.</summary>
    Unavailable,

    /// <summary>The CA is busy, or the identity's rate is used up.</summary>
    Busy,

    /// <summary>The CA does not take the credential, or not for this identity.</summary>
    Refused,

    /// <summary>The CA does not take the request.</summary>
    Request,

    /// <summary>The answer breaks a rule.</summary>
    Answer,
}
