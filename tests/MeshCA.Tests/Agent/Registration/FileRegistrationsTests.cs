using System.IO;
using MeshCA.Agent.Registration;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Registration;

public sealed class FileRegistrationsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_change_is_in_force_after_the_next_look_and_wakes_who_waits()
    {
        var registrations = Open("entries: [{name: a, everybody: true}]");
        var waiting = registrations.NewerThanAsync(1, TestContext.Current.CancellationToken);
        registrations.Reload();
        Assert.False(waiting.IsCompleted);

        Write("entries: [{name: b, everybody: true}]");
        registrations.Reload();
        Assert.Equal((2, "b"), ((await waiting).Revision, (await waiting).Entries[0].Name));
    }

    [Fact]
    public void What_is_wrong_leaves_the_last_good_one_in_force_is_told_once_and_passes()
    {
        var registrations = Open("entries: [{name: a, everybody: true}]");
        Write("entries: [{name: a}]");
        registrations.Reload();
        registrations.Reload();
        Assert.Equal(("a", 1), (registrations.Current.Entries[0].Name, registrations.Faults.Count));
        Assert.Equal([9451], _log.Entries.Where(entry => entry.Level == LogLevel.Error).Select(entry => entry.EventId));

        File.Delete(Path);
        registrations.Reload();
        Assert.Equal(1, registrations.Current.Revision);

        Write("entries: [{name: a, everybody: true}]");
        registrations.Reload();
        Assert.Empty(registrations.Faults);
        Assert.Equal(1, registrations.Current.Revision);
    }

    [Fact]
    public void More_entries_for_one_caller_than_a_message_takes_are_told_beforehand()
    {
        const string many = "entries: [{name: a, everybody: true}, {name: b, selectors: [\"unix:uid:7\"]}, {name: c, selectors: [\"unix:uid:7\"]}";
        Open(many + "]", usual: 2);
        var registrations = Open(many + "]", usual: 3);
        Write(many + ", {name: d, selectors: [\"unix:uid:7\"]}]");
        registrations.Reload();
        registrations.Reload();

        Assert.Equal(
            ["gives user 7 3 identities, and a message of the Workload API takes about 2", "gives user 7 4 identities, and a message of the Workload API takes about 3"],
            _log.Entries.Where(entry => entry.EventId == 9541).Select(entry => entry.Message.Split([$"{Path} ", ": the last"], StringSplitOptions.None)[1]));
        Assert.Empty(registrations.Faults);
    }

    private string Path => _directory.File("registration.yaml");

    private void Write(string text)
    {
        File.WriteAllText(Path + ".new", text + "\n");
        File.Move(Path + ".new", Path, overwrite: true);
    }

    private FileRegistrations Open(string text, int usual = 10)
    {
        Write(text);
        return new(Path, Assert.IsType<RegistrationReading.Read>(RegistrationFile.Read(Path)), usual, new Logger<FileRegistrations>(_log));
    }
}
