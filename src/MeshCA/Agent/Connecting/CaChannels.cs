using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using MeshCA.Agent.Identities;
using MeshCA.Configuration;
using MeshCA.Requesting;

namespace MeshCA.Agent.Connecting;

/// <summary>Channels to the CA: kept while roots and shown certificate stay the same, and ended once nobody uses them any more.</summary>
/// <param name="options">The CA's address.</param>
/// <param name="roots">By which its certificate is judged.</param>
/// <param name="states">Has the trust bundle.</param>
internal sealed class CaChannels(AgentOptions options, CaRoots roots, IAgentStates states) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private bool _disposed;

    /// <summary>Takes a channel.</summary>
    /// <param name="certificate">What connections show; null for nothing.</param>
    /// <param name="fault">Why there is none, or null.</param>
    /// <returns>The channel, to be disposed after use; or null.</returns>
    public ChannelLease? Take(SslStreamCertificateContext? certificate, out string? fault)
    {
        var trusted = roots.Find(states.Current.Bundle?.X509);
        fault = trusted is null ? roots.Fault ?? "the CA's roots are not known" : null;
        if (trusted is not { } anchors)
        {
            return null;
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var kept = _kept.Find(each => ReferenceEquals(each.Certificate, certificate));
            if (kept is not null && !kept.HasRoots(anchors))
            {
                Drop(kept);
                kept = null;
            }

            if (kept is null)
            {
                // One without and one with a certificate are enough; who came with an older certificate does not come again.
                foreach (var other in _kept.Where(each => each.Certificate is not null && certificate is not null).ToList())
                {
                    Drop(other);
                }

                kept = new Kept(Open(anchors, certificate), certificate, anchors);
                _kept.Add(kept);
            }

            kept.Users++;
            return new ChannelLease(this, kept);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _kept.ForEach(each => each.Channel.Dispose());
            _kept.Clear();
        }
    }

    private GrpcChannel Open(ImmutableArray<ReadOnlyMemory<byte>> anchors, SslStreamCertificateContext? certificate)
    {
        var collection = anchors.IsEmpty ? null : new X509Certificate2Collection(anchors.Select(der => X509CertificateLoader.LoadCertificate(der.Span)).ToArray());
        return TlsChannel.Open(new Uri(options.Address), collection, options.ServerName.Length > 0 ? options.ServerName : null, certificate);
    }

    private void Drop(Kept kept)
    {
        _kept.Remove(kept);
        kept.IsDropped = true;
        if (kept.Users == 0)
        {
            kept.Channel.Dispose();
        }
    }

    private void Return(Kept kept)
    {
        lock (_lock)
        {
            kept.Users--;
            if (kept.IsDropped && kept.Users == 0)
            {
                kept.Channel.Dispose();
            }
        }
    }

    /// <summary>The right to use a channel.</summary>
    internal sealed class ChannelLease : IDisposable
    {
        private readonly CaChannels _owner;
        private readonly Kept _kept;
        private int _returned;

        internal ChannelLease(CaChannels owner, Kept kept)
        {
            _owner = owner;
            _kept = kept;
        }

        /// <summary>The channel.</summary>
        public GrpcChannel Channel => _kept.Channel;

        /// <inheritdoc />
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                _owner.Return(_kept);
            }
        }
    }

    /// <summary>A channel, and what it was opened with.</summary>
    internal sealed class Kept(GrpcChannel channel, SslStreamCertificateContext? certificate, ImmutableArray<ReadOnlyMemory<byte>> anchors)
    {
        public GrpcChannel Channel => channel;

        public SslStreamCertificateContext? Certificate => certificate;

        public int Users { get; set; }

        public bool IsDropped { get; set; }

        public bool HasRoots(ImmutableArray<ReadOnlyMemory<byte>> others) =>
            anchors.Length == others.Length && anchors.Zip(others).All(pair => pair.First.Span.SequenceEqual(pair.Second.Span));
    }
}
