using System.Collections.Immutable;
using System.IO;
using System.Security.Cryptography;
using MeshCA.Agent.Connecting;
using MeshCA.Agent.Identities;
using MeshCA.Agent.Registration;
using MeshCA.Configuration;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Connecting;

public sealed class AgentCredentialsTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly TemporaryDirectory _directory = new();
    private readonly SampleIdentities _own = new();
    private readonly AgentStateStore _states = new();
    private readonly AgentOptions _options;

    public AgentCredentialsTests()
    {
        File.WriteAllText(_directory.File("token"), "agents.own.token");
        File.WriteAllText(_directory.File("entry-token"), "an.entrys.token");
        _options = new AgentOptions { TokenFile = _directory.File("token"), RenewWithSvid = true, SpiffeId = Web };
    }

    [Fact]
    public void An_entry_with_a_token_file_asks_by_that_alone_also_where_it_is_missing()
    {
        Hold(SampleIdentities.Entry("web", Web), Web);
        var entry = SampleIdentities.Entry("cart", Cart) with { TokenFile = _directory.File("entry-token") };

        Assert.Equal(["an.entrys.token"], Credentials.Find(entry).Found.Select(found => found.Token));

        File.Delete(_directory.File("entry-token"));
        var search = Credentials.Find(entry);
        Assert.Empty(search.Found);
        Assert.Contains("entry-token", search.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_own_svid_comes_before_the_token_and_only_where_that_is_wanted()
    {
        Hold(SampleIdentities.Entry("web", Web), Web);

        var found = Credentials.Find(null).Found;
        Assert.Equal(["SVID", $"token file {_directory.File("token")}"], found.Select(each => each.Source));
        Assert.Equal(_own.Intermediate, found[0].Certificate!.IntermediateCertificates[0].RawData);

        _options.RenewWithSvid = false;
        Assert.Equal([$"token file {_directory.File("token")}"], Credentials.Find(null).Found.Select(each => each.Source));
    }

    [Theory]
    [InlineData(Cart, null)]
    [InlineData(Web, "entry-token")]
    public void The_svid_of_an_entry_that_is_not_the_agents_own_is_nobodys_credential(string id, string? tokenFile)
    {
        var entry = SampleIdentities.Entry("other", id) with { TokenFile = tokenFile is null ? null : _directory.File(tokenFile) };
        Hold(entry, id);

        Assert.False(Credentials.IsOwn(entry));
        Assert.All(Credentials.Find(null).Found, found => Assert.Null(found.Certificate));
    }

    [Fact]
    public void Who_has_a_workload_certificate_in_a_directory_gets_the_one_that_is_there_now()
    {
        _options.CertificateDirectory = _directory.Path;
        var credentials = Credentials;
        Assert.Contains("cert-chain.pem", string.Join(' ', credentials.Find(null).Faults), StringComparison.Ordinal);

        var first = Write(_own.Hold(SampleIdentities.Entry("web", Web), Web));
        Assert.Equal(first, Shown(credentials));
        Assert.Same(credentials.Find(null).Found[0].Certificate, credentials.Find(null).Found[0].Certificate);

        var second = Write(_own.Hold(SampleIdentities.Entry("web", Web), Web));
        Assert.Equal(second, Shown(credentials));
    }

    [Fact]
    public void A_key_of_another_certificate_is_a_fault_also_behind_a_pair_that_was_good()
    {
        _options.CertificateDirectory = _directory.Path;
        var credentials = Credentials;
        Write(_own.Hold(SampleIdentities.Entry("web", Web), Web));
        Assert.NotNull(Shown(credentials));

        File.WriteAllText(
            _directory.File("key.pem"),
            PemEncoding.WriteString("PRIVATE KEY", _own.Hold(SampleIdentities.Entry("web", Web), Web).PrivateKey.Span));
        var search = credentials.Find(null);
        Assert.All(search.Found, found => Assert.Null(found.Certificate));
        Assert.Contains("do not belong together", search.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2 * 24 * 60)]
    public void A_certificate_out_of_its_time_is_not_shown(int minutes)
    {
        Hold(SampleIdentities.Entry("web", Web), Web);
        var clock = new ManualTimeProvider(_states.Current.Svids[0].Svid.NotBefore.AddMinutes(minutes));

        var search = new AgentCredentials(_options, _states, clock).Find(null);
        Assert.All(search.Found, found => Assert.Null(found.Certificate));
        Assert.Contains("is valid from", search.Fault, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _own.Dispose();
        _directory.Dispose();
    }

    private AgentCredentials Credentials => new(_options, _states, TimeProvider.System);

    private static string? Shown(AgentCredentials credentials) =>
        credentials.Find(null).Found.Select(found => found.Certificate?.TargetCertificate.SerialNumber).First(serial => serial is not null);

    private void Hold(RegistrationEntry entry, string id) =>
        _states.Publish(state => state with { Svids = ImmutableArray.Create(_own.Hold(entry, id)), Bundle = _own.Bundle });

    private string Write(HeldSvid svid)
    {
        File.WriteAllText(_directory.File("cert-chain.pem"), PemWriter.WriteCertificates(svid.Svid.Certificates));
        File.WriteAllText(_directory.File("key.pem"), PemEncoding.WriteString("PRIVATE KEY", svid.PrivateKey.Span));
        return Convert.ToHexString(svid.Svid.SerialNumber.Span);
    }
}
