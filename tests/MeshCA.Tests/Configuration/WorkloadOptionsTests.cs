using System.ComponentModel.DataAnnotations;
using System.IO;
using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class WorkloadOptionsTests
{
    [Theory]
    [InlineData("/run/a.sock", "/run/a.sock")]
    [InlineData("unix:///run/a.sock", "/run/a.sock")]
    public void A_socket_is_a_path_or_an_address_of_one(string written, string path) =>
        Assert.Equal([path], new WorkloadOptions { Socket = written }.Paths);

    [Fact]
    public void Istios_path_is_below_the_working_directory() => Assert.Equal(
        [Path.GetFullPath("var/run/secrets/workload-spiffe-uds/socket")],
        new WorkloadOptions { Socket = "./var/run/secrets/workload-spiffe-uds/socket" }.Paths);

    [Theory]
    [InlineData("", "", "", true)]
    [InlineData("/run/a", "", "", true)]
    [InlineData("/run/a", "/run/b", "", true)]
    [InlineData("/run/a", "unix:///run/a", nameof(WorkloadOptions.SecondSocket), false)]
    [InlineData("", "/run/b", nameof(WorkloadOptions.SecondSocket), false)]
    [InlineData("unix://host/run/a", "", nameof(WorkloadOptions.Socket), false)]
    [InlineData("unix://", "", nameof(WorkloadOptions.Socket), false)]
    public void Sockets_have_a_form(string socket, string second, string member, bool isGood)
    {
        var found = new WorkloadOptions { Socket = socket, SecondSocket = second }.Validate(new ValidationContext(this)).ToList();
        Assert.Equal(isGood, found.Count == 0);
        Assert.All(found, fault => Assert.Equal([member], fault.MemberNames));
    }

    [Fact]
    public void Names_of_secrets_differ_and_a_process_has_at_most_what_all_have()
    {
        Assert.Single(new WorkloadOptions { DefaultSecret = "ALL" }.Validate(new ValidationContext(this)));
        Assert.Single(new WorkloadOptions { MaxStreams = 5, MaxStreamsPerProcess = 6 }.Validate(new ValidationContext(this)));
        Assert.Single(new WorkloadOptions { MaxStreams = 5, MaxStreamsPerProcess = 5, MaxStreamsPerUser = 6 }.Validate(new ValidationContext(this)));
        Assert.Single(new WorkloadOptions { MaxConnections = 5, MaxConnectionsPerUser = 6 }.Validate(new ValidationContext(this)));
    }

    [Theory]
    [InlineData(8_192, 1_024, null, 4_096)]
    [InlineData(1_000, 800, null, 800)] // what a process was allowed it is still
    [InlineData(1, 1, null, 1)]
    [InlineData(8_192, 1_024, 7, 7)]
    public void A_user_has_half_of_all_unless_told_otherwise(int all, int process, int? user, int expected)
    {
        Assert.Equal(expected, new WorkloadOptions { MaxStreams = all, MaxStreamsPerProcess = process, MaxStreamsPerUser = user }.StreamsOfUser);
        Assert.Equal(
            expected, new WorkloadOptions { MaxConnections = all, MaxConnectionsPerProcess = process, MaxConnectionsPerUser = user }.ConnectionsOfUser);
    }
}
