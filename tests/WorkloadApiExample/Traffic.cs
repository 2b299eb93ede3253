using System.Collections.Concurrent;
using System.Net.Http;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

namespace WorkloadApiExample;

/// <summary>Requests to one peer, one after the other: over connections that are kept, and over one for each request.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int MaxFaults = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly ConcurrentDictionary<string, bool> _serials = [];
    private readonly X509Source _identity;
    private readonly SpiffeId _peer;
    private readonly Uri _address;
    private readonly HttpClient _http;
    private readonly IDisposable _news;
    private Task _running = Task.CompletedTask;
    private int _kept;
    private int _fresh;
    private int _failed;

    public Traffic(X509Source identity, SpiffeId peer, Uri address)
    {
        _identity = identity;
        _peer = peer;
        _address = address;
        _http = new HttpClient(SpiffeHttp.CreateHandler(identity, SpiffeIdMatcher.Exactly(peer)));
        _news = ChangeToken.OnChange(identity.GetChangeToken, Note);
        Note();
    }

    public void Start() => _running = Task.WhenAll(CallAsync(isFresh: false), CallAsync(isFresh: true));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public Report Report() => new(
        Volatile.Read(ref _kept), Volatile.Read(ref _fresh), Volatile.Read(ref _failed), [.. _faults], _serials.Count,
        _identity.Bundles.TryGet(_peer.TrustDomain, out var bundle)
            ? [.. bundle.X509.Authorities.Select(authority => Convert.ToHexStringLower(SHA256.HashData(authority.Span)))]
            : []);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _news.Dispose();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task CallAsync(bool isFresh)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, _address);
                request.Headers.ConnectionClose = isFresh;
                using var response = await _http.SendAsync(request);
                var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
                if (!text.StartsWith("hello, spiffe://", StringComparison.Ordinal))
                {
                    throw new HttpRequestException($"`{text}` was answered");
                }

                Interlocked.Increment(ref isFresh ? ref _fresh : ref _kept);
            }
            catch (Exception e)
            {
                Interlocked.Increment(ref _failed);
                if (_faults.Count < MaxFaults)
                {
                    _faults.Enqueue($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {e}");
                }
            }

            await Task.Delay(Pause);
        }
    }

    private void Note()
    {
        if (_identity.TryGetCredential(out var credential, out _))
        {
            _serials[Convert.ToHexStringLower(credential.Svid.SerialNumber.Span)] = true;
        }
    }
}

/// <summary>What became of the requests so far.</summary>
/// <param name="Kept">Answered over connections that are kept.</param>
/// <param name="Fresh">Answered over connections of their own.</param>
/// <param name="Failed">Failed.</param>
/// <param name="Faults">The first of those.</param>
/// <param name="Svids">SVIDs held one after the other.</param>
/// <param name="Roots">SHA-256 of the roots trusted now.</param>
internal sealed record Report(int Kept, int Fresh, int Failed, string[] Faults, int Svids, string[] Roots);
