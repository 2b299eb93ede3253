using System.Collections.Immutable;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>An agent whose identities a test makes, and what workloads of this process get of it over its socket.</summary>
internal sealed class WorkloadHome : IAsyncDisposable
{
    public const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    public const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    public static readonly Metadata Header = new() { { "workload.spiffe.io", "true" } };

    private readonly (string Key, string Value)[] _settings;
    private AgentHome? _home;
    private TestAgent? _agent;
    private bool _hasFile;

    public WorkloadHome(params (string Key, string Value)[] settings)
    {
        Entries = [SampleIdentities.Entry("web", Web)];
        _settings = settings;
    }

    public AgentStateStore States { get; } = new();

    public SampleIdentities Own { get; } = new();

    /// <summary>Who may have what; the registration file wins.</summary>
    public ImmutableArray<RegistrationEntry> Entries { get; set; }

    /// <summary>Answers for tokens.</summary>
    public IJwtSvids? Tokens { get; init; }

    /// <summary>Gets what the agent logs; null: nobody.</summary>
    public ILoggerFactory? Log { get; init; }

    /// <summary>The agent's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public string Socket => Files.File("public/agent.sock");

    public string AdminSocket => Files.File("admin/agent.sock");

    public AgentHome Files => _home ??= CreateHome();

    public TestAgent Agent => _agent ?? throw new InvalidOperationException("the agent does not run");

    public async Task<WorkloadHome> StartAsync()
    {
        _agent = await Files.StartAsync();
        return this;
    }

    /// <summary>Holds an SVID for each entry that has an ID, or the default one.</summary>
    public WorkloadHome Hold()
    {
        var svids = Entries.Select(entry => Own.Hold(entry, entry.Id?.ToString() ?? Web)).ToImmutableArray();
        States.Publish(state => state with { Svids = svids, Bundle = Own.Bundle });
        return this;
    }

    public void Federate(params ImmutableArray<TrustBundle> bundles) => States.Publish(state => state with
    {
        Federated = bundles.ToImmutableDictionary(bundle => bundle.TrustDomain),
    });

    /// <summary>A channel to the socket; each has a connection of its own.</summary>
    public GrpcChannel Connect() => AdminChannel.Open(Socket);

    public static uint UserId => PeerCredential.OwnUserId;

    public async Task StopAsync()
    {
        if (_agent is { } agent)
        {
            _agent = null;
            await agent.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _home?.Dispose();
        Own.Dispose();
    }

    /// <summary>The status that a call ends with.</summary>
    public static async Task<Status> StatusAsync(Func<Task> call)
    {
        try
        {
            await call();
            return Status.DefaultSuccess;
        }
        catch (RpcException e)
        {
            return e.Status;
        }
    }

    /// <summary>The next message of a stream.</summary>
    public static async Task<T> NextAsync<T>(IAsyncStreamReader<T> stream)
    {
        Assert.True(await stream.MoveNext(TestContext.Current.CancellationToken), "the stream ended with OK");
        return stream.Current;
    }

    public Task UntilOpenAsync(int streams) => Eventually.TrueAsync(
        () => Agent.Part<MeshCA.Agent.Sockets.ProcessQuota>().Open == streams, $"{streams} open streams");

    private void Replace(IServiceCollection services)
    {
        if (!_hasFile)
        {
            services.AddSingleton<IRegistrations>(new FixedRegistrations(Entries));
        }

        if (Log is { } log)
        {
            services.AddSingleton(log);
        }

        if (Tokens is { } tokens)
        {
            services.AddSingleton(tokens);
        }
    }

    private AgentHome CreateHome()
    {
        var home = new AgentHome { States = States, Parts = Replace, Clock = Clock };
        home.Set([("Workloads:Socket", home.File("public/agent.sock")), ("Workloads:LongestWait", "00:00:00"), .. _settings]);
        return home;
    }

    /// <summary>Takes the entries from a file.</summary>
    public void Register(string yaml)
    {
        _hasFile = true;
        Files.Write("registration.yaml", yaml);
        Files.Set(("Workloads:RegistrationFile", Files.File("registration.yaml")));
    }
}
