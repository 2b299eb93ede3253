using MeshCA.Agent.Trust;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Trust;

public sealed class SequenceMemoryTests : IDisposable
{
    private readonly SampleIdentities _old = new();
    private readonly SampleIdentities _new = new();
    private readonly SequenceMemory _memory = new();

    private X509BundleDigest Old => _old.Bundle.X509.Digest;

    private X509BundleDigest New => _new.Bundle.X509.Digest;

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    [Fact]
    public void Before_anything_was_in_use_nothing_is_known() => Assert.Equal(0UL, _memory.InUseBefore(5, []));

    [Fact]
    public void Where_nobody_shows_other_roots_it_is_what_was_acknowledged_before()
    {
        _memory.Acknowledged(3);
        _memory.Acknowledged(7);
        Assert.Equal(3UL, _memory.InUseBefore(7, []));
        Assert.Equal(7UL, _memory.InUseBefore(9, []));
    }

    // Two sequences with the same roots: only JWT keys changed between them.
    [Fact]
    public void Whoever_shows_roots_has_the_newest_bundle_with_them_and_who_shows_none_has_none()
    {
        _memory.Served(3, Old);
        _memory.Served(4, Old);
        _memory.Served(7, New);
        _memory.Served(8, Old);
        _memory.Acknowledged(7);
        Assert.Equal(4UL, _memory.InUseBefore(8, [New, Old]));
        Assert.Equal(7UL, _memory.InUseBefore(8, [New]));
        Assert.Equal(0UL, _memory.InUseBefore(8, [New, null]));
        _memory.Acknowledged(3);
        Assert.Equal(3UL, _memory.InUseBefore(8, [New]));
    }

    [Fact]
    public void What_is_taken_back_is_in_use_no_more_and_only_so_many_are_remembered()
    {
        _memory.Acknowledged(3);
        _memory.Acknowledged(7);
        _memory.Acknowledged(0);
        Assert.Equal(0UL, _memory.InUseBefore(9, []));

        _memory.Served(1, Old);
        for (ulong sequence = 2; sequence <= SequenceMemory.MaxBundles; sequence++)
        {
            _memory.Served(sequence, New);
            _memory.Acknowledged(sequence);
        }

        Assert.Equal(1UL, _memory.InUseBefore(99, [Old]));
        _memory.Served(99, New);
        Assert.Equal(0UL, _memory.InUseBefore(99, [Old]));
    }
}
