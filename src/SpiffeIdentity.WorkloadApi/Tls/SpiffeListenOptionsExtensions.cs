using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Primitives;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>Kestrel endpoints that speak mutual TLS with X509-SVIDs.</summary>
public static class SpiffeListenOptionsExtensions
{
    private const int JitterSteps = 1000;

    /// <summary>Has an endpoint show an X509-SVID, and demand one of every client.</summary>
    /// <param name="listen">The endpoint.</param>
    /// <param name="source">The server's SVID, and the bundles; it must live longer than the server.</param>
    /// <param name="clients">Which clients are let in; to let in any, say so with <see cref="SpiffeIdMatcher.Any"/>.</param>
    /// <param name="options">How long connections live; null for the defaults.</param>
    /// <returns>The endpoint.</returns>
    public static ListenOptions UseSpiffeMtls(
        this ListenOptions listen, X509Source source, SpiffeIdMatcher clients, SpiffeMtlsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(clients);
        options ??= new SpiffeMtlsOptions();
        options.Check();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = options.HandshakeTimeout,
            OnConnection = context => ValueTask.FromResult(OptionsFor(context, source, clients)),
        });
        var judge = new PeerJudge(source, clients);
        listen.Use(next => connection => ServeAsync(next, connection, source, judge, options.ConnectionLifetime));
        return listen;
    }

    /// <summary>Who the client of a request proved to be.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The client; null where the request did not come through <see cref="UseSpiffeMtls"/>.</returns>
    public static SpiffePeer? GetSpiffePeer(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ISpiffePeerFeature>()?.Peer;
    }

    private static System.Net.Security.SslServerAuthenticationOptions OptionsFor(
        TlsHandshakeCallbackContext context, X509Source source, SpiffeIdMatcher clients)
    {
        var features = context.Connection.Features;
        try
        {
            return SpiffeTls.CreateServerOptions(source, clients, peer => features.Set<ISpiffePeerFeature>(new SpiffePeerFeature(peer)));
        }
        catch (SvidUnavailableException e)
        {
            throw new AuthenticationException(e.Message, e); // what Kestrel takes for a failed handshake
        }
    }

    // Asks for the end and does not make it: requests under way are answered, and the client is told to send no more here.
    private static async Task ServeAsync(
        ConnectionDelegate next, ConnectionContext connection, X509Source source, PeerJudge judge, TimeSpan lifetime)
    {
        var ending = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        var peer = connection.Features.Get<ISpiffePeerFeature>()?.Peer;
        if (ending is null || peer is null)
        {
            await next(connection); // nobody who could be asked
            return;
        }

        await using var end = source.Clock.CreateTimer(
            _ => ending.RequestClose(), null, Least(Jittered(lifetime), peer.Svid.NotAfter - source.Clock.GetUtcNow()), Timeout.InfiniteTimeSpan);

        // Off the watch, which must not wait for all connections to be judged.
        using var news = ChangeToken.OnChange(source.GetChangeToken, () => ThreadPool.QueueUserWorkItem(_ =>
        {
            if (!judge.StillAccepts(peer, out var refusal))
            {
                ClientLog.PeerLetGo(source.Logger, peer.Id, refusal);
                ending.RequestClose();
            }
        }));
        await next(connection);
    }

    private static TimeSpan Least(TimeSpan lifetime, TimeSpan valid) =>
        valid >= lifetime ? lifetime : valid > TimeSpan.Zero ? valid : TimeSpan.Zero;

    // Connections that were made together shall not all come back together.
    private static TimeSpan Jittered(TimeSpan lifetime) => lifetime * (1 - (RandomNumberGenerator.GetInt32(JitterSteps) / (10.0 * JitterSteps)));

    private sealed record SpiffePeerFeature(SpiffePeer Peer) : ISpiffePeerFeature;
}

/// <summary>A connection's feature: who its client proved to be.</summary>
public interface ISpiffePeerFeature
{
    /// <summary>The client.</summary>
    SpiffePeer Peer { get; }
}

/// <summary>How the connections of an endpoint live.</summary>
public sealed class SpiffeMtlsOptions
{
    /// <summary>After this time, less up to a tenth, a client is asked to use another connection: 1 hour. Never longer than its SVID is valid.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a handshake may take: 10 seconds.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectionLifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
    }
}
