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

    private string Path => _directory.File("registration.yaml");

    private void Write(string text)
    {
        File.WriteAllText(Path + ".new", text + "\n");
        File.Move(Path + ".new", Path, overwrite: true);
    }

    private FileRegistrations Open(string text)
    {
        Write(text);
        return new(Path, Assert.IsType<RegistrationReading.Read>(RegistrationFile.Read(Path)), new Logger<FileRegistrations>(_log));
    }
}
