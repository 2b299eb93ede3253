using MeshCA.Authorities;
using MeshCA.Serving;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Serving;

/// <summary>A certificate that somebody else renews in files.</summary>
public sealed class ServingCertificateTests : IDisposable
{
    private readonly TestAuthority _one = TestAuthority.CreateRoot(name: "one");
    private readonly TestAuthority _two = TestAuthority.CreateRoot(name: "two");
    private readonly SetFiles _files = new();
    private readonly RecordingLogger _log = new();
    private readonly ServingCertificate _serving;

    public ServingCertificateTests()
    {
        var clock = new ManualTimeProvider(TestAuthority.Now);
        _serving = new(
            new NoAuthorities(), new ServingIssuer(new MemoryStore(), TimeSpan.Zero, clock), _files, [], TimeSpan.FromDays(1), clock, new Logger<ServingCertificate>(_log));
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    public static TheoryData<string, string> Unusable() => new()
    {
        { "two", "one" },
        { "one", "two" },
        { "two", "" },
        { "", "two" },
        { "two", "no PEM" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task A_pair_that_is_half_written_leaves_the_one_before_in_place(string certificate, string key)
    {
        await AdvanceAsync("one", "one");
        var before = _serving.Current;
        Assert.NotNull(before);

        await AdvanceAsync(certificate, key);
        Assert.Same(before, _serving.Current);
        Assert.Single(_log.Entries, entry => entry.EventId == 5006);

        await AdvanceAsync("two", "two");
        Assert.NotSame(before, _serving.Current);
    }

    private Task AdvanceAsync(string certificate, string key)
    {
        _files.Files = new(Text(certificate, authority => PemWriter.WriteCertificate(authority.Certificate)), Text(key, authority => authority.KeyPem));
        return _serving.AdvanceAsync(TestContext.Current.CancellationToken);
    }

    private string Text(string name, Func<TestAuthority, string> write) => name switch
    {
        "one" => write(_one),
        "two" => write(_two),
        _ => name,
    };

    private sealed class NoAuthorities : IAuthoritySnapshots
    {
        public AuthoritySnapshot? Current => null;
    }

    private sealed class SetFiles : IServingFileSource
    {
        public ServingFiles Files { get; set; } = new("", "");

        public ServingFiles Read() => Files;
    }
}
