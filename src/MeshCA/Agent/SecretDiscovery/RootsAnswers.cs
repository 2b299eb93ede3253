using MeshCA.Agent.Uptake;
using SpiffeIdentity.Bundles;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>What a proxy's answers show about the own trust domain's roots, which several of its secrets may hold. Holds nothing while none does.</summary>
/// <remarks>
/// What was sent is in use only once it was answered: until then nobody knows which is. A proxy that refuses a secret keeps the
/// one before. Where a secret changes in another part than the own roots, a refusal leaves those in use that it has.
/// </remarks>
internal sealed class RootsAnswers
{
    private Dictionary<string, Secret>? _secrets;

    /// <summary>What they show; null: no secret that is wanted holds the roots.</summary>
    public UptakeReport? Report { get; private set; }

    /// <summary>A secret that holds the roots is wanted.</summary>
    /// <param name="name">Its name.</param>
    public void Expect(string name)
    {
        _secrets ??= new(StringComparer.Ordinal);
        if (_secrets.TryAdd(name, new()))
        {
            Sum();
        }
    }

    /// <summary>A secret does not hold the roots, or no longer: our roots may cease to speak for another trust domain.</summary>
    /// <param name="name">Its name.</param>
    public void Drop(string name)
    {
        if (_secrets?.Remove(name) == true)
        {
            Sum();
        }
    }

    /// <summary>One was sent.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="roots">The roots in it.</param>
    /// <param name="nonce">The response's.</param>
    public void Sent(string name, X509BundleDigest roots, string nonce)
    {
        Expect(name);
        var secret = _secrets![name]; // not null: it is expected
        if (secret.Sent is { } unanswered && !unanswered.Equals(secret.InUse))
        {
            secret.InUse = null; // it may have been taken, and its answer not have come yet
        }

        (secret.Sent, secret.Nonce, secret.Refused, secret.Reason) = (roots, nonce, null, "");
        Sum();
    }

    /// <summary>A response was taken.</summary>
    /// <param name="nonce">Its nonce; untrusted.</param>
    /// <param name="isLast">Whether it is the newest: then those before it were taken too, unless they were refused. A proxy may join its answers.</param>
    public void Taken(string nonce, bool isLast)
    {
        foreach (var secret in Pending(nonce, isLast))
        {
            (secret.InUse, secret.Sent) = (secret.Sent, null);
        }

        Sum();
    }

    /// <summary>A response was refused.</summary>
    /// <param name="nonce">Its nonce; untrusted.</param>
    /// <param name="reason">Why, printable.</param>
    public void Refused(string nonce, string reason)
    {
        foreach (var secret in Pending(nonce, all: false))
        {
            (secret.Refused, secret.Reason, secret.Sent) = (secret.Sent, reason, null);
        }

        Sum();
    }

    /// <summary>Only these are wanted any more.</summary>
    public void Keep(IEnumerable<string> names)
    {
        if (_secrets is not { Count: > 0 })
        {
            return;
        }

        foreach (var left in _secrets.Keys.Except(names, StringComparer.Ordinal).ToList())
        {
            _secrets.Remove(left);
        }

        Sum();
    }

    private IEnumerable<Secret> Pending(string nonce, bool all) =>
        _secrets?.Values.Where(secret => secret.Sent is not null && (all || secret.Nonce == nonce)) ?? [];

    // The same object where nothing changed, so that nobody is told of it.
    private void Sum()
    {
        if (_secrets is not { Count: > 0 })
        {
            Report = null;
            return;
        }

        var first = _secrets.Values.First().Certain;
        var common = _secrets.Values.All(secret => Equals(secret.Certain, first)) ? first : null;
        var refusal = _secrets.Values.FirstOrDefault(secret => secret.Refused is not null);
        var report = new UptakeReport(common, refusal?.Refused, refusal?.Reason ?? "");
        Report = report == Report ? Report : report;
    }

    private sealed class Secret
    {
        public X509BundleDigest? InUse { get; set; }

        public X509BundleDigest? Sent { get; set; }

        public X509BundleDigest? Refused { get; set; }

        public string Nonce { get; set; } = "";

        public string Reason { get; set; } = "";

        public X509BundleDigest? Certain => Sent is null || Sent.Equals(InUse) ? InUse : null;
    }
}
