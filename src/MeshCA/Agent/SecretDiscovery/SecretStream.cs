using System.Collections.Immutable;
using System.Globalization;
using MeshCA.Agent.Uptake;

namespace MeshCA.Agent.SecretDiscovery;

/// <summary>The state-of-the-world protocol for secrets (wire §3, rules 1 to 7) as a state machine: no clock, no I/O. One caller at a time.</summary>
/// <remarks>
/// What may be sent goes out at once, one response for each name. After that nothing more is sent before the last of them was
/// answered, or <see cref="GiveUpWaiting"/> says that it never will be; what changes meanwhile is sent once, in its newest form.
/// </remarks>
/// <param name="noncePrefix">Tells this stream's nonces from those of other streams.</param>
internal sealed class SecretStream(string noncePrefix)
{
    /// <summary>Most names of one stream: Envoy asks for one, others for a handful.</summary>
    public const int MaxNames = 128;

    /// <summary>Longest name: a SPIFFE ID.</summary>
    public const int MaxNameLength = 2_048;

    private readonly Dictionary<string, string> _sent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnacceptedSecret> _unanswered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal);
    private readonly RootsAnswers _roots = new();
    private ImmutableArray<string> _names = [];
    private string _lastNonce = "";
    private bool _isOpen;
    private long _count;

    /// <summary>Whether the last response has no answer yet.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>What the proxy wants now.</summary>
    public ImmutableArray<string> Names => _names;

    /// <summary>What its answers show about the own trust domain's roots; null: no secret that it wants holds them.</summary>
    public UptakeReport? Roots => _roots.Report;

    /// <summary>Takes a request.</summary>
    /// <param name="request">The request; untrusted.</param>
    /// <param name="catalog">What there is.</param>
    public SecretReaction Receive(SecretRequest request, ISecretCatalog catalog)
    {
        if (FaultOf(request) is { } fault)
        {
            return new() { Refusal = fault };
        }

        // Rule 1: nonces do not outlive a stream, and the version of an earlier one is no answer to anything.
        var isFirst = !_isOpen;
        _isOpen = true;
        var unaccepted = isFirst || request.Error is null ? null : AnsweredWith(request);
        if (!isFirst)
        {
            NoteAnswer(request);
        }

        // Rule 4: what answers an older response says nothing of what is wanted now; the answer to the last one will.
        if (!isFirst && request.Nonce != _lastNonce)
        {
            return new() { Unaccepted = unaccepted };
        }

        IsWaiting = false;
        _unanswered.Clear();
        Subscribe(request.Names);
        return Deliver(catalog) with { Unaccepted = unaccepted };
    }

    /// <summary>Looks whether something changed.</summary>
    /// <param name="catalog">What there is now.</param>
    public SecretReaction Refresh(ISecretCatalog catalog) =>
        !IsWaiting ? Deliver(catalog)
        : _names.FirstOrDefault(name => Look(name, catalog) is SecretLookup.Never) is { } lost ? NotEntitled(lost)
        : SecretReaction.Silence;

    /// <summary>Waits no longer for an answer: Envoy may hold answers back while it starts.</summary>
    /// <param name="catalog">What there is now.</param>
    public SecretReaction GiveUpWaiting(ISecretCatalog catalog)
    {
        IsWaiting = false;
        return Deliver(catalog);
    }

    private static SecretRefusal? FaultOf(SecretRequest request) =>
        request.TypeUrl is not ("" or SecretResource.TypeUrl) ? SecretRefusal.OtherType
        : request.Names.Length > MaxNames ? SecretRefusal.TooManyNames
        : request.Names.Any(name => name.Length > MaxNameLength) ? SecretRefusal.NameTooLong
        : null;

    private static SecretReaction NotEntitled(string name) => new() { Refusal = SecretRefusal.NotEntitled, Subject = name };

    // Rule 3: whether a response was taken, the error says, and not the version.
    private UnacceptedSecret? AnsweredWith(SecretRequest request) =>
        _unanswered.Remove(request.Nonce, out var sent) ? sent with { Reason = request.Error ?? "" } : null;

    // An answer to an older response is one too, though it says nothing of what is wanted.
    private void NoteAnswer(SecretRequest request)
    {
        if (request.Error is { } reason)
        {
            _roots.Refused(request.Nonce, reason);
        }
        else
        {
            _roots.Taken(request.Nonce, isLast: request.Nonce == _lastNonce);
        }
    }

    private SecretLookup Look(string name, ISecretCatalog catalog)
    {
        var found = catalog.Find(name);
        if (found is SecretLookup.Found { Resource.Roots: not null })
        {
            _roots.Expect(name);
        }
        else if (found is SecretLookup.Found)
        {
            _roots.Drop(name);
        }

        return found;
    }

    // Rule 5: what was left and comes again is sent again, changed or not. An empty list wants nothing, from the start too.
    private void Subscribe(ImmutableArray<string> names)
    {
        _names = [.. names.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)];
        foreach (var left in _sent.Keys.Except(_names, StringComparer.Ordinal).ToList())
        {
            _sent.Remove(left);
        }

        _awaited.IntersectWith(_names);
        _roots.Keep(_names);
    }

    // Rules 2, 6 and 7: only what the proxy does not have, and nothing for an answer alone. A secret that is gone is not taken
    // back: the proxy keeps it until there is another.
    private SecretReaction Deliver(ISecretCatalog catalog)
    {
        var found = new List<(string Name, SecretResource Resource)>();
        var awaited = ImmutableArray.CreateBuilder<string>();
        foreach (var name in _names)
        {
            switch (Look(name, catalog))
            {
                case SecretLookup.Never:
                    return NotEntitled(name);
                case SecretLookup.Found(var resource) when _sent.GetValueOrDefault(name) != resource.Version:
                    found.Add((name, resource));
                    break;
                case SecretLookup.NotYet when _awaited.Add(name):
                    awaited.Add(name);
                    break;
            }
        }

        return new() { Deliveries = [.. found.Select(next => Send(next.Name, next.Resource))], Awaited = awaited.ToImmutable() };
    }

    private SecretDelivery Send(string name, SecretResource resource)
    {
        _lastNonce = string.Create(CultureInfo.InvariantCulture, $"{noncePrefix}-{++_count}");
        _sent[name] = resource.Version;
        _unanswered[_lastNonce] = new(name, resource.Version, "");
        IsWaiting = true;
        if (resource.Roots is { } roots)
        {
            _roots.Sent(name, roots, _lastNonce);
        }

        return new(name, resource, _lastNonce);
    }
}
