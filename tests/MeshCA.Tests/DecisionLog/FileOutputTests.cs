using System.IO;
using System.Text;
using MeshCA.DecisionLog;
using MeshCA.Telemetry;
using MeshCA.Tests.Telemetry;
using Microsoft.Extensions.Logging;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class FileOutputTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MetricsFixture _metrics = new();
    private readonly RecordingLogger _log = new();
    private readonly FileOutput _output;

    public FileOutputTests() => _output = new FileOutput(
        new RotatingFile(new(Path, 1 << 20, 3, TimeSpan.FromDays(1)), new ManualTimeProvider()),
        new DecisionMetrics(_metrics.Factory),
        new Logger<FileOutput>(_log));

    private string Path => _directory.File("decisions.log");

    public void Dispose()
    {
        _output.Dispose();
        _metrics.Dispose();
        _directory.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Records_are_lines()
    {
        _output.Add("{1}"u8);
        _output.Add("{2}"u8);
        Assert.False(File.Exists(Path));
        _output.Flush();

        Assert.Equal("{1}\n{2}\n", File.ReadAllText(Path));
        Assert.Contains("meshca_decision_log_records_total 2", _metrics.Lines);
    }

    [Fact]
    public void Many_records_do_not_wait_for_a_flush()
    {
        var line = Encoding.UTF8.GetBytes(new string('a', 1_000));
        for (var i = 0; i < 300; i++)
        {
            _output.Add(line);
        }

        Assert.InRange(new FileInfo(Path).Length, 200_000, 300_000);
    }

    [Fact]
    public void A_full_disk_costs_records_is_told_once_and_ends()
    {
        File.CreateSymbolicLink(Path, "/dev/full");
        Write("{1}");
        Write("{2}");
        Assert.Equal([8151], _log.Entries.Select(entry => entry.EventId));
        Assert.Contains("meshca_decision_log_dropped_total{cause=\"write_failed\"} 2", _metrics.Lines);

        File.Delete(Path);
        Write("{3}");

        Assert.Equal("{3}\n", File.ReadAllText(Path));
        Assert.Equal((8152, "2"), (_log.Entries[^1].EventId, _log.Entries[^1].Values["Lost"]));
        Assert.Contains("meshca_decision_log_records_total 1", _metrics.Lines);
    }

    [Fact]
    public void A_directory_that_is_missing_is_a_fault_that_ends_when_it_is_there()
    {
        var path = System.IO.Path.Combine(_directory.Path, "missing", "decisions.log");
        using var output = new FileOutput(
            new RotatingFile(new(path, 1 << 20, 3, TimeSpan.FromDays(1)), new ManualTimeProvider()),
            new DecisionMetrics(_metrics.Factory),
            new Logger<FileOutput>(_log));
        output.Add("{1}"u8);
        output.Flush();
        Assert.Equal(8151, Assert.Single(_log.Entries).EventId);

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        output.Add("{2}"u8);
        output.Flush();

        Assert.Equal("{2}\n", File.ReadAllText(path));
    }

    [Fact]
    public void What_was_taken_is_written_in_the_end()
    {
        _output.Add("{1}"u8);
        _output.Dispose();

        Assert.Equal("{1}\n", File.ReadAllText(Path));
    }

    private void Write(string line)
    {
        _output.Add(Encoding.UTF8.GetBytes(line));
        _output.Flush();
    }
}
