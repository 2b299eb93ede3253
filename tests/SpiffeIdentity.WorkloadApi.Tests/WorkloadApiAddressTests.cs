using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests;

// Workload Endpoint §4.
public sealed class WorkloadApiAddressTests
{
    [Theory]
    [InlineData("unix:///run/spire/agent.sock", "/run/spire/agent.sock")]
    [InlineData("unix:///a", "/a")]
    [InlineData("unix:///tmp/with space", "/tmp/with space")]
    [InlineData("unix:////a", "//a")]
    public void A_unix_address_has_an_absolute_path(string text, string path)
    {
        Assert.True(WorkloadApiAddress.TryParse(text, out var address, out var error));
        Assert.Equal(WorkloadApiAddressError.None, error);
        Assert.Equal(path, Assert.IsType<UnixDomainSocketEndPoint>(address.EndPoint).ToString());
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:8000", "127.0.0.1:8000")]
    [InlineData("tcp://[::1]:1", "[::1]:1")]
    [InlineData("tcp://10.1.2.3:65535", "10.1.2.3:65535")]
    public void A_tcp_address_has_an_ip_and_a_port(string text, string endPoint)
    {
        Assert.True(WorkloadApiAddress.TryParse(text, out var address, out _));
        Assert.Equal(IPEndPoint.Parse(endPoint), address.EndPoint);
    }

    [Theory]
    [InlineData("", WorkloadApiAddressError.Empty)]
    [InlineData("/run/agent.sock", WorkloadApiAddressError.UnknownScheme)]
    [InlineData("npipe:spire", WorkloadApiAddressError.UnknownScheme)]
    [InlineData("http://127.0.0.1:80", WorkloadApiAddressError.UnknownScheme)]
    [InlineData("UNIX:///a", WorkloadApiAddressError.UnknownScheme)]
    [InlineData(" unix:///a", WorkloadApiAddressError.UnknownScheme)]
    [InlineData("unix:/a", WorkloadApiAddressError.NoSlashes)]
    [InlineData("unix:a", WorkloadApiAddressError.NoSlashes)]
    [InlineData("unix://", WorkloadApiAddressError.NoPath)]
    [InlineData("unix:///", WorkloadApiAddressError.NoPath)]
    [InlineData("unix://host/a", WorkloadApiAddressError.UnixAuthority)]
    [InlineData("unix://user@/a", WorkloadApiAddressError.UnixAuthority)]
    [InlineData("unix:///a?b", WorkloadApiAddressError.QueryOrFragment)]
    [InlineData("unix:///a#b", WorkloadApiAddressError.QueryOrFragment)]
    [InlineData("unix:///a%20b", WorkloadApiAddressError.BadPath)]
    [InlineData("unix:///a\0b", WorkloadApiAddressError.BadPath)]
    [InlineData("tcp:127.0.0.1:80", WorkloadApiAddressError.NoSlashes)]
    [InlineData("tcp://127.0.0.1", WorkloadApiAddressError.NoPort)]
    [InlineData("tcp://[::1]", WorkloadApiAddressError.NoPort)]
    [InlineData("tcp://127.0.0.1:", WorkloadApiAddressError.BadPort)]
    [InlineData("tcp://127.0.0.1:0", WorkloadApiAddressError.BadPort)]
    [InlineData("tcp://127.0.0.1:65536", WorkloadApiAddressError.BadPort)]
    [InlineData("tcp://127.0.0.1:+80", WorkloadApiAddressError.BadPort)]
    [InlineData("tcp://localhost:80", WorkloadApiAddressError.NotAnIp)]
    [InlineData("tcp://127.1:80", WorkloadApiAddressError.NotAnIp)]
    [InlineData("tcp://2130706433:80", WorkloadApiAddressError.NotAnIp)]
    [InlineData("tcp://::1:80", WorkloadApiAddressError.NotAnIp)]
    [InlineData("tcp://[127.0.0.1]:80", WorkloadApiAddressError.NotAnIp)]
    [InlineData("tcp://:80", WorkloadApiAddressError.NotAnIp)]
    [InlineData("tcp://127.0.0.1:80/", WorkloadApiAddressError.TcpPath)]
    [InlineData("tcp://user@127.0.0.1:80", WorkloadApiAddressError.UserInformation)]
    [InlineData("tcp://127.0.0.1:80?a", WorkloadApiAddressError.QueryOrFragment)]
    public void What_breaks_a_rule_is_refused_with_it(string text, WorkloadApiAddressError expected)
    {
        Assert.False(WorkloadApiAddress.TryParse(text, out var address, out var error));
        Assert.Null(address);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_path_fits_into_a_socket_address()
    {
        var longest = "/" + new string('a', WorkloadApiAddress.MaxPathLength - 1);
        Assert.True(WorkloadApiAddress.TryParse("unix://" + longest, out _, out _));
        Assert.False(WorkloadApiAddress.TryParse("unix://" + longest + "a", out _, out var error));
        Assert.Equal(WorkloadApiAddressError.PathTooLong, error);
        Assert.False(WorkloadApiAddress.TryParse("unix://" + longest[..^1] + "é", out _, out error)); // bytes count, not characters
        Assert.Equal(WorkloadApiAddressError.PathTooLong, error);
    }

    [Fact]
    public void The_message_of_a_refusal_says_what_to_write()
    {
        var e = Assert.Throws<FormatException>(() => WorkloadApiAddress.Parse("unix:/run/agent.sock"));
        Assert.Contains("`unix:/run/agent.sock`", e.Message, StringComparison.Ordinal);
        Assert.Contains("two slashes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_is_explained() => Assert.All(
        Enum.GetValues<WorkloadApiAddressError>().Where(error => error != WorkloadApiAddressError.None),
        error => Assert.NotEmpty(WorkloadApiAddress.Explain(error)));

    [Fact]
    public void Parsing_never_throws_and_accepts_only_what_it_prints_back() =>
        Prop.ForAll(Nearly.ToArbitrary(), text =>
            !WorkloadApiAddress.TryParse(text, out var address, out var error)
                ? error != WorkloadApiAddressError.None
                : address.ToString() == text && error == WorkloadApiAddressError.None)
            .QuickCheckThrowOnFailure();

    private static Gen<string> Nearly { get; } = Gen.OneOf(
        from good in Gen.Elements("unix:///run/a.sock", "tcp://127.0.0.1:80", "tcp://[::1]:80")
        from at in Gen.Choose(0, good.Length - 1)
        from character in Gen.Elements("/:@%?#[]. \0é\ud8000".ToCharArray())
        select good[..at] + character + good[(at + 1)..],
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
        ArbMap.Default.GeneratorFor<string>().Select(text => "unix://" + text),
        ArbMap.Default.GeneratorFor<string>().Select(text => "tcp://" + text));
}
