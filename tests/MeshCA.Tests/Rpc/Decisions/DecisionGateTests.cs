using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.Decisions;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Decisions;

public sealed class DecisionGateTests : IDisposable
{
    private static readonly DecisionOptions Options = new() { MaxConcurrent = 1, LongestCall = TimeSpan.FromSeconds(2) };

    private readonly ManualTimeProvider _clock = new();
    private readonly MetricsFixture _metrics = new();
    private readonly DecisionRefusals _refusals;
    private readonly TaskCompletionSource _work = new();
    private readonly RequestDelegate _guarded;
    private readonly DecisionGate _gate;
    private int _begun;

    public DecisionGateTests()
    {
        _refusals = new(new DecisionMetrics(_metrics.Factory), NullLogger<DecisionRefusals>.Instance);
        _gate = new DecisionGate(Options.ToSettings(), Options, _refusals, new CertificateMetrics(_metrics.Factory), _clock);
        var endpoints = new Endpoints(_ =>
        {
            _begun++;
            return _work.Task;
        });
        _guarded = DecisionGate.Guard(endpoints, _gate).Build();
    }

    public void Dispose()
    {
        _refusals.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_stranger_is_turned_away_before_anything_runs()
    {
        var call = new Call(caller: null);
        await _guarded(call.Context);
        Assert.Equal(("16", 0), (call.Status, _begun));
        Assert.Contains("meshca_decisions_refused_total{reason=\"CallerUnknown\"} 1", _metrics.Lines);
    }

    [Fact]
    public async Task A_connection_without_certificate_is_a_stranger_too()
    {
        var call = new Call(new ConnectionCaller(null));
        await _guarded(call.Context);
        Assert.Equal(("16", 0), (call.Status, _begun));
    }

    [Fact]
    public async Task Above_the_bound_the_answer_is_unavailable_at_once()
    {
        var first = _guarded(Call.Local().Context);
        var shed = Call.Local();
        await _guarded(shed.Context);
        Assert.Equal(("14", 1), (shed.Status, _begun));
        _work.SetResult();
        await first;
        var next = Call.Local();
        await _guarded(next.Context);
        Assert.Equal((null, 2), (next.Status, _begun));
    }

    [Fact]
    public async Task A_call_is_cut_off_at_the_limit_and_keeps_its_place_until_it_ends()
    {
        var slow = Call.Local();
        var running = _guarded(slow.Context);
        _clock.Advance(Options.LongestCall - TimeSpan.FromTicks(1));
        Assert.False(slow.IsAborted);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(slow.IsAborted);
        var shed = Call.Local();
        await _guarded(shed.Context);
        Assert.Equal("14", shed.Status);
        _work.SetResult();
        await running;
        Assert.Equal(0, _clock.TimerCount);
    }

    [Fact]
    public async Task A_place_is_given_back_where_the_work_fails()
    {
        var failing = _guarded(Call.Local().Context);
        _work.SetException(new InvalidOperationException("broken"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _guarded(Call.Local().Context));
        Assert.Equal(2, _begun);
    }

    [Fact]
    public async Task Who_waits_outside_keeps_nobody_out_and_has_a_place_again_afterwards()
    {
        var (awaited, hasPlace) = (new TaskCompletionSource(), default(bool?));
        var waiting = Guarded(async () => hasPlace = await _gate.WaitOutsideAsync(_ => awaited.Task, default))(Call.Local().Context);
        var other = _guarded(Call.Local().Context);
        Assert.Equal(1, _begun);
        _work.SetResult();
        await other;
        awaited.SetResult();
        await waiting;
        Assert.True(hasPlace);
        AssertPlaces(1);
    }

    [Fact]
    public async Task Who_comes_back_to_a_full_house_is_told_so_and_gives_back_what_it_took()
    {
        var (awaited, hasPlace) = (new TaskCompletionSource(), default(bool?));
        var waiting = Guarded(async () => hasPlace = await _gate.WaitOutsideAsync(_ => awaited.Task, default))(Call.Local().Context);
        var other = _guarded(Call.Local().Context);
        awaited.SetResult();
        await waiting;
        Assert.False(hasPlace);
        AssertPlaces(0);
        _work.SetResult();
        await other;
        AssertPlaces(1);
    }

    [Fact]
    public async Task No_more_wait_outside_than_the_bound_and_a_wait_that_fails_leaves_all_places_right()
    {
        var (awaited, hasPlace) = (new TaskCompletionSource(), default(bool?));
        var waiting = Guarded(() => _gate.WaitOutsideAsync(_ => awaited.Task, default))(Call.Local().Context);
        await Guarded(async () => hasPlace = await _gate.WaitOutsideAsync(_ => Task.CompletedTask, default))(Call.Local().Context);
        Assert.False(hasPlace);
        awaited.SetException(new OperationCanceledException());
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        await Guarded(async () => hasPlace = await _gate.WaitOutsideAsync(_ => Task.CompletedTask, default))(Call.Local().Context);
        Assert.True(hasPlace);
        AssertPlaces(1);
    }

    private RequestDelegate Guarded(Func<Task> work) => DecisionGate.Guard(new Endpoints(_ => work()), _gate).Build();

    private void AssertPlaces(int free)
    {
        var taken = 0;
        while (_gate.TryEnter())
        {
            taken++;
        }

        Assert.Equal(free, taken);
        for (; taken > 0; taken--)
        {
            _gate.Leave();
        }
    }

    private sealed class Call : IHttpRequestLifetimeFeature
    {
        public Call(ConnectionCaller? caller)
        {
            Context.Features.Set<IHttpRequestLifetimeFeature>(this);
            Context.Features.Set(caller);
        }

        public DefaultHttpContext Context { get; } = new();

        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        /// <summary>The gRPC status of a call that was turned away; null for others.</summary>
        public string? Status => Context.Response.Headers["grpc-status"];

        public static Call Local() => new(new ConnectionCaller(DecisionCaller.Local));

        public void Abort() => IsAborted = true;
    }

    private sealed class Endpoints(RequestDelegate inner) : IEndpointConventionBuilder
    {
        private readonly RouteEndpointBuilder _endpoint = new(inner, RoutePatternFactory.Parse("/"), 0);

        public void Add(Action<EndpointBuilder> convention) => convention(_endpoint);

        public RequestDelegate Build() => _endpoint.Build().RequestDelegate!;
    }
}
