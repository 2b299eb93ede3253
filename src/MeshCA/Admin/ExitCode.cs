namespace MeshCA.Admin;

/// <summary>How a command ended; scripts rely on the numbers, so none changes its meaning.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Something of this machine failed: a file, the network, a fault of ours.</summary>
    Failure = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>The server, or a policy, refused the request; asking again will not help.</summary>
    Refused = 3,

    /// <summary>The server or store is not available now; asking again may help.</summary>
    Unavailable = 4,

    /// <summary>The input is malformed, or a check found it wrong.</summary>
    Invalid = 5,

    /// <summary>The server does not know the call: it is older than the command, another one, or that part of it is switched off.</summary>
    Unsupported = 6,

    /// <summary>Ended by a signal, as shells report SIGINT.</summary>
    Interrupted = 130,
}

/// <summary>The meaning of each exit code, for the help text.</summary>
internal static class ExitCodes
{
    /// <summary>Codes and meanings in one line each.</summary>
    public const string Help = """
        Exit codes:
          0    done
          1    a file, the network or the program itself failed
          2    the command line is wrong
          3    refused by the server or a policy; asking again will not help
          4    the server or the store is not available now; asking again may help
          5    the input is malformed, or a check found it wrong
          6    the server does not know the call: it is older than this command, another one, or has that part switched off
          130  ended by a signal
        """;
}
