using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using MeshCA.Agent.Registration;

namespace MeshCA.Agent.Explaining;

/// <summary>User and group of a process of this machine, as the kernel would note them if it connected now (proc(5)).</summary>
internal static class ProcessCredentials
{
    // Of real, effective, saved and that of file systems.
    private const int Effective = 2;

    /// <summary>Reads them.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="peer">It as a caller, or null.</param>
    /// <returns>False where there is no such process, or it is in a namespace that is not seen from here.</returns>
    public static bool TryRead(int processId, [NotNullWhen(true)] out WorkloadPeer? peer)
    {
        peer = null;
        if (processId <= 0)
        {
            return false;
        }

        try
        {
            peer = Read(processId, File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone, or never was.
        }

        return peer is not null;
    }

    /// <summary>Reads a process's <c>status</c>.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="status">The lines, proc(5).</param>
    /// <returns>It as a caller; null where a line is missing.</returns>
    internal static WorkloadPeer? Read(int processId, IEnumerable<string> status)
    {
        uint? user = null, group = null;
        foreach (var line in status)
        {
            user ??= Find(line, "Uid:");
            group ??= Find(line, "Gid:");
        }

        return user is { } uid && group is { } gid ? new(processId, uid, gid) : null;
    }

    private static uint? Find(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal)
        && line.Split('\t') is { Length: > Effective } parts
        && uint.TryParse(parts[Effective], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
