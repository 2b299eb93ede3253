namespace Grpc.Core;

/// <summary>The base of generated clients.</summary>
public abstract class ClientBase
{
    private readonly ClientBaseConfiguration? _configuration;

    /// <summary>A client without a channel, for fakes.</summary>
    protected ClientBase()
    {
    }

    /// <summary>A client with the configuration of another.</summary>
    /// <param name="configuration">The configuration.</param>
    protected ClientBase(ClientBaseConfiguration configuration) =>
        _configuration = configuration ?? throw new ArgumentNullException(nameof(configuration));

    /// <summary>A client on a channel.</summary>
    /// <param name="channel">The channel.</param>
#pragma warning disable CA1012 // Public in the real library too.
    public ClientBase(ChannelBase channel)
        : this(Required(channel).CreateCallInvoker())
    {
    }

    /// <summary>A client on an invoker.</summary>
    /// <param name="callInvoker">The invoker.</param>
    public ClientBase(CallInvoker callInvoker)
        : this(new ClientBaseConfiguration(callInvoker, null))
    {
    }
#pragma warning restore CA1012

    /// <summary>What starts this client's calls.</summary>
    protected CallInvoker CallInvoker =>
        _configuration?.Invoker ?? throw new NotImplementedException("this client has no channel");

    internal ClientBaseConfiguration Configuration =>
        _configuration ?? throw new NotImplementedException("this client has no channel");

    private static ChannelBase Required(ChannelBase channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return channel;
    }

    /// <summary>What a client is made of.</summary>
#pragma warning disable CA1034 // Nested in the real library too.
    protected internal class ClientBaseConfiguration
#pragma warning restore CA1034
    {
        internal ClientBaseConfiguration(CallInvoker invoker, string? host)
        {
            ArgumentNullException.ThrowIfNull(invoker);
            Undecorated = invoker;
            Invoker = host is null ? invoker : new HostCallInvoker(invoker, host);
        }

        internal CallInvoker Undecorated { get; }

        internal CallInvoker Invoker { get; }
    }
}

/// <summary>The base of generated clients that can be copied.</summary>
/// <typeparam name="T">The client.</typeparam>
public abstract class ClientBase<T> : ClientBase
    where T : ClientBase<T>
{
    /// <summary>A client without a channel, for fakes.</summary>
    protected ClientBase()
    {
    }

    /// <summary>A client with the configuration of another.</summary>
    /// <param name="configuration">The configuration.</param>
    protected ClientBase(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    /// <summary>A client on a channel.</summary>
    /// <param name="channel">The channel.</param>
#pragma warning disable CA1012 // Public in the real library too.
    public ClientBase(ChannelBase channel)
        : base(channel)
    {
    }

    /// <summary>A client on an invoker.</summary>
    /// <param name="callInvoker">The invoker.</param>
    public ClientBase(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }
#pragma warning restore CA1012

    /// <summary>This client, naming another authority.</summary>
    /// <param name="host">The authority.</param>
    /// <returns>The other client.</returns>
    public T WithHost(string host) => NewInstance(new ClientBaseConfiguration(Configuration.Undecorated, host));

    /// <summary>A copy of this client with another configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <returns>The copy.</returns>
    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}
