using System.IO;
using System.Text;
using MeshCA.DecisionLog;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class RotatingFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(200));

    private string Path => _directory.File("decisions.log");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Only_the_owner_may_read_what_is_written()
    {
        using var file = Open();
        file.Append("a\n"u8);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal("a\n", Read(Path));
    }

    [Fact]
    public void A_file_never_grows_longer_than_it_may()
    {
        using var file = Open(maxBytes: 6);
        foreach (var line in new[] { "1\n", "22\n", "3\n", "44444\n", "5\n" })
        {
            file.Append(Encoding.UTF8.GetBytes(line));
        }

        Assert.Equal(["5\n", "44444\n", "3\n", "1\n22\n"], [Read(Path), Read(Path + ".1"), Read(Path + ".2"), Read(Path + ".3")]);
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("device")]
    public async Task What_is_no_regular_file_is_neither_written_nor_renamed(string kind)
    {
        if (kind == "fifo")
        {
            using var made = System.Diagnostics.Process.Start("mkfifo", [Path]);
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            File.CreateSymbolicLink(Path, "/dev/null");
        }

        using var file = Open(maxBytes: 2);

        Assert.Throws<IOException>(() => file.Append("a\n"u8));
        Assert.Throws<IOException>(() => file.Append("b\n"u8));
        Assert.Equal(["decisions.log"], Files());
    }

    [Fact]
    public void There_are_never_more_files_than_there_may_be()
    {
        using var file = Open(maxBytes: 2, maxFiles: 3);
        for (var i = 0; i < 6; i++)
        {
            file.Append(Encoding.UTF8.GetBytes($"{i}\n"));
        }

        Assert.Equal(["decisions.log", "decisions.log.1", "decisions.log.2"], Files());
        Assert.Equal(["5\n", "4\n", "3\n"], [Read(Path), Read(Path + ".1"), Read(Path + ".2")]);
    }

    [Fact]
    public void One_file_alone_is_begun_anew()
    {
        using var file = Open(maxBytes: 2, maxFiles: 1);
        file.Append("1\n"u8);
        file.Append("2\n"u8);

        Assert.Equal(["decisions.log"], Files());
        Assert.Equal("2\n", Read(Path));
    }

    [Fact]
    public void Files_beyond_a_lower_bound_go_when_the_file_is_opened()
    {
        File.WriteAllText(Path + ".2", "");
        File.WriteAllText(Path + ".3", "");
        using var file = Open(maxFiles: 2);
        file.Append("1\n"u8);

        Assert.Equal(["decisions.log"], Files());
    }

    [Fact]
    public void A_file_is_written_to_no_longer_than_it_may_be()
    {
        using var file = Open();
        file.Append("1\n"u8);
        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        file.Append("2\n"u8);
        _clock.Advance(TimeSpan.FromTicks(1));
        file.Append("3\n"u8);

        Assert.Equal(["3\n", "1\n2\n"], [Read(Path), Read(Path + ".1")]);
    }

    [Fact]
    public void The_age_and_length_of_a_file_count_from_before_a_restart()
    {
        _clock.Set(File.GetCreationTimeUtc(_directory.Path)); // the file system's own clock
        File.WriteAllText(Path, "1234\n");
        using (var file = Open(maxBytes: 7))
        {
            file.Append("6\n"u8);
            file.Append("8\n"u8);
        }

        Assert.Equal(["8\n", "1234\n6\n"], [Read(Path), Read(Path + ".1")]);
        _clock.Advance(TimeSpan.FromHours(2));
        using (var file = Open(maxBytes: 7))
        {
            file.Append("9\n"u8);
        }

        Assert.Equal(["9\n", "8\n"], [Read(Path), Read(Path + ".1")]);
    }

    [Fact]
    public void What_a_crash_left_of_a_line_does_not_spoil_the_next()
    {
        File.WriteAllText(Path, "1\n{\"half");
        _clock.Set(File.GetCreationTimeUtc(Path));
        using var file = Open();
        file.Append("2\n"u8);

        Assert.Equal("1\n{\"half\n2\n", Read(Path));
    }

    [Fact]
    public void After_a_failure_the_file_is_opened_anew()
    {
        File.CreateSymbolicLink(Path, "/dev/full");
        using var file = Open();
        Assert.ThrowsAny<IOException>(() => file.Append("1\n"u8));
        File.Delete(Path);
        file.Append("2\n"u8);

        Assert.Equal("2\n", Read(Path));
    }

    [Fact]
    public void A_file_that_cannot_give_way_is_tried_again()
    {
        using var file = Open(maxBytes: 2);
        file.Append("1\n"u8);
        Directory.CreateDirectory(Path + ".1");
        Assert.ThrowsAny<IOException>(() => file.Append("2\n"u8));
        Directory.Delete(Path + ".1");
        file.Append("3\n"u8);

        Assert.Equal(["3\n", "1\n"], [Read(Path), Read(Path + ".1")]);
    }

    private static string Read(string path) => File.ReadAllText(path);

    private IEnumerable<string?> Files() => Directory.GetFiles(_directory.Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal);

    private RotatingFile Open(long maxBytes = 1_000, int maxFiles = 10) => new(new(Path, maxBytes, maxFiles, TimeSpan.FromHours(1)), _clock);
}
