using System.IO;

namespace MeshCA.Hosting;

/// <summary>How the file of a Unix socket is kept.</summary>
/// <param name="Mode">Its mode; who may write to it may connect, unix(7).</param>
/// <param name="Group">Its group's number; null: the service's own.</param>
internal sealed record SocketRights(UnixFileMode Mode, uint? Group)
{
    /// <summary>The mode of the directory where that is made.</summary>
    public required UnixFileMode NewDirectory { get; init; }

    /// <summary>A mode of the directory that gives way to <see cref="NewDirectory"/>; null: none does.</summary>
    public UnixFileMode? Widened { get; init; }

    /// <summary>What is wrong with the mode of the directory, or null: who may write to it may put another socket in our place.</summary>
    public required Func<UnixFileMode, string?> FaultOfDirectory { get; init; }
}
