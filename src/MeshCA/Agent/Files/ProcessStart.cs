using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace MeshCA.Agent.Files;

/// <summary>When a process of this machine started (proc(5)).</summary>
/// <param name="Ticks">In the kernel's own count since the machine's start: two processes of one number differ in it.</param>
/// <param name="Time">By the system's clock, which the times of files are of, as it is now: one that was set since then moved it.</param>
internal sealed partial record ProcessStart(long Ticks, DateTimeOffset Time)
{
    private const string Library = "libc";
    private const int TicksPerSecond = 2; // _SC_CLK_TCK
    private const int RealTime = 0; // CLOCK_REALTIME
    private const int SinceBoot = 7; // CLOCK_BOOTTIME
    private const int Field = 19; // of what stands behind the name: field 22

    /// <summary>Reads it.</summary>
    /// <param name="process">The process's number.</param>
    /// <returns>Null where there is no such process, or it is not seen from here.</returns>
    public static ProcessStart? TryRead(int process)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return TryParse(text, out var ticks) && clock_gettime(RealTime, out var now) == 0 && clock_gettime(SinceBoot, out var up) == 0
                ? new(ticks, DateTimeOffset.UnixEpoch.AddSeconds(now.Seconds - up.Seconds + (ticks / (double)sysconf(TicksPerSecond))))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Finds the start in what the kernel says of a process.</summary>
    /// <param name="stat">The text of <c>/proc/N/stat</c>, in which a program's name may hold anything.</param>
    /// <param name="ticks">The start in the kernel's count.</param>
    internal static bool TryParse(string stat, out long ticks)
    {
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ticks = 0;
        return fields.Length > Field && long.TryParse(fields[Field], NumberStyles.None, CultureInfo.InvariantCulture, out ticks);
    }

    // Not /proc/uptime, in whose place some containers have one of their own.
    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int clock_gettime(int clock, out Timespec time);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint sysconf(int name);

    /// <summary>A time of the kernel's.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
