using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Primitives;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>Kestrel servers and endpoints that speak mutual TLS with X509-SVIDs.</summary>
public static class SpiffeKestrelExtensions
{
    private const int JitterSteps = 1000;

    // For an HTTP/1.1 client whose authority is gone, so that it can learn of it by an answer: when a root is withdrawn, connections made
    // with its SVIDs are those of good clients which have other SVIDs by then.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

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
        var judge = new PeerJudge(source, clients, TlsSide.Client);
        listen.Use(next => connection => ServeAsync(next, connection, source, judge, options.ConnectionLifetime));
        return listen;
    }

    /// <summary>Has every endpoint of a server show an X509-SVID, and demand one of every client.</summary>
    /// <param name="host">The server's host.</param>
    /// <param name="source">The server's SVID, and the bundles; it must live longer than the server.</param>
    /// <param name="clients">Which clients are let in; to let in any, say so with <see cref="SpiffeIdMatcher.Any"/>.</param>
    /// <param name="options">How long connections live; null for the defaults.</param>
    /// <returns>The host.</returns>
    /// <remarks>Beyond <see cref="UseSpiffeMtls(ListenOptions, X509Source, SpiffeIdMatcher, SpiffeMtlsOptions?)"/> it ends connections
    /// without losing a request: it tells the client with an answer, by HTTP/1.1 and by HTTP/2. It takes Kestrel's endpoint defaults; a request through an endpoint that
    /// was made before, or after others took them, is refused with 403.</remarks>
    public static IWebHostBuilder UseSpiffeMtls(
        this IWebHostBuilder host, X509Source source, SpiffeIdMatcher clients, SpiffeMtlsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(clients);
        options?.Check();
        host.ConfigureServices(services => services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, SpiffeRequestFilter>()));
        return host.ConfigureKestrel(kestrel =>
            kestrel.ConfigureEndpointDefaults(listen => listen.UseSpiffeMtls(source, clients, options)));
    }

    /// <summary>Who the client of a request proved to be.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The client; null where the request came through an endpoint without SPIFFE.</returns>
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

    private static async Task ServeAsync(
        ConnectionDelegate next, ConnectionContext connection, X509Source source, PeerJudge judge, TimeSpan lifetime)
    {
        var notification = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        var peer = connection.Features.Get<ISpiffePeerFeature>()?.Peer;
        if (notification is null || peer is null)
        {
            await next(connection); // nobody who could be asked
            return;
        }

        var isHttp2 = Protocol(connection).SequenceEqual("h2"u8);
        await using var end = new ConnectionEnd(notification, isHttp2, source.Clock, TimeProvider.System);
        connection.Features.Set(end);
        end.AskAfter(Least(Jittered(lifetime), peer.Svid.NotAfter - source.Clock.GetUtcNow()));

        // Off the watch, which must not wait for all connections to be judged.
        using var news = ChangeToken.OnChange(source.GetChangeToken, () => ThreadPool.QueueUserWorkItem(_ => Reconsider()));
        Reconsider(); // news may have come between the handshake and now
        await next(connection);

        void Reconsider()
        {
            if (!judge.StillAccepts(peer, out var isRevoked, out var refusal))
            {
                ClientLog.PeerLetGo(source.Logger, peer.Id, refusal);
                end.AskThenCut(isRevoked ? TimeSpan.Zero : Grace);
            }
        }
    }

    private static ReadOnlySpan<byte> Protocol(ConnectionContext connection) =>
        connection.Features.Get<ISslStreamFeature>() is { SslStream: var stream } ? stream.NegotiatedApplicationProtocol.Protocol.Span : [];

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
    // What a timer takes.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>After this time, less up to a tenth, and when its SVID expires, a client is asked to use another connection: 1 hour, at most 24 days.
    /// Requests under way are answered. A single endpoint does not make the answers that could ask: it ends connections of HTTP/2 by
    /// itself, where a request that is just being sent may be lost, and those of HTTP/1.1 only for a client that is no longer trusted.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a handshake may take: 10 seconds, at most 24 days.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectionLifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConnectionLifetime, Longest);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HandshakeTimeout, Longest);
    }
}
