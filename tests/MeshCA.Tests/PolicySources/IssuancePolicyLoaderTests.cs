using System.IO;
using MeshCA.IssuancePolicies;
using MeshCA.PolicySources;
using MeshCA.Tests.IssuancePolicies;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.PolicySources;

public sealed class IssuancePolicyLoaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly RecordingLogger _log = new();
    private readonly IssuanceGate _gate;
    private readonly IssuancePolicyLoader _loader;

    public IssuancePolicyLoaderTests()
    {
        _gate = MeshAuthority.Gate(_clock);
        _loader = new IssuancePolicyLoader(Path, Policy.Bounds, MeshAuthority.Lifetimes, _gate, _store, _clock, _log.CreateLogger<IssuancePolicyLoader>());
    }

    private string Path => _directory.File("issuance.yaml");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_change_comes_into_force_and_is_audited()
    {
        Write("rules: [{name: first}]\notherwise: DENY\n");
        Assert.True(_loader.Reload());
        Assert.Equal("first", Decides());
        Assert.False(_loader.Reload());

        Write("rules: [{name: second}]\notherwise: DENY\n");
        Assert.True(_loader.Reload());
        Assert.Equal("second", Decides());
        Assert.Equal(["issuance-policy.changed", "issuance-policy.changed"], _store.Audit.Select(entry => entry.Action));
        Assert.Contains(_loader.Status.Hash, _store.Audit[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_wrong_leaves_the_last_policy_in_force_and_alarms_once()
    {
        Write("rules: [{name: good}]\notherwise: DENY\n");
        _loader.Reload();
        var hash = _loader.Status.Hash;

        Write("rules: [{nam: bad}]\nothewise: DENY\n");
        Assert.True(_loader.Reload());
        Assert.False(_loader.Reload());
        Assert.Equal("good", Decides());
        Assert.Equal(hash, _loader.Status.Hash);
        Assert.Contains(_loader.Status.Faults, fault => fault.Contains("issuance.yaml:1:", StringComparison.Ordinal));
        Assert.Contains(_loader.Status.Faults, fault => fault.Contains("issuance.yaml:2:", StringComparison.Ordinal));
        Assert.Single(_store.Audit, entry => entry.Action == "issuance-policy.refused");

        Write("rules: [{name: good}]\notherwise: DENY\n");
        Assert.True(_loader.Reload());
        Assert.Empty(_loader.Status.Faults);
        Assert.False(_loader.Reload());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public void A_file_that_is_empty_is_one_that_is_just_being_written(string text)
    {
        Write("rules: [{name: good}]\notherwise: DENY\n");
        _loader.Reload();
        Write(text);
        _loader.Reload();
        Assert.Equal("good", Decides());
        Assert.Contains("empty", _loader.Status.Faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_gone_leaves_the_last_policy_in_force()
    {
        Write("rules: [{name: good}]\notherwise: DENY\n");
        _loader.Reload();
        File.Delete(Path);
        Assert.True(_loader.Reload());
        Assert.Equal("good", Decides());
    }

    private void Write(string text) => File.WriteAllText(Path, text);

    private string Decides() => Policy.Decides(_gate.Policy, Policy.Caller());
}
