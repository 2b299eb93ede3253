namespace KubernetesClient;

/// <summary>How much of what a server sends is taken in, and how long it is waited for.</summary>
public static class ApiLimits
{
    /// <summary>Most bytes of a page of a list: 500 objects of etcd's own limit would be more, but no cluster holds such.</summary>
    public const int PageBytes = 64 * 1024 * 1024;

    /// <summary>Most bytes of a single object or document; etcd takes 1.5 MiB.</summary>
    public const int ObjectBytes = 4 * 1024 * 1024;

    /// <summary>Most bytes of one event of a watch.</summary>
    public const int WatchLineBytes = 4 * 1024 * 1024;

    /// <summary>Most bytes of an error that are looked at.</summary>
    public const int ErrorBytes = 64 * 1024;

    /// <summary>Most characters of an error's message that are kept.</summary>
    public const int MessageLength = 512;

    /// <summary>Objects of a page, where the caller does not say.</summary>
    public const int PageSize = 500;

    /// <summary>Most pages of one list.</summary>
    public const int Pages = 4000;

    /// <summary>How long a call may take, unless the configuration says otherwise.</summary>
    public static TimeSpan CallTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take to open.</summary>
    public static TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a watch is asked to last at least; at most twice as long, so that not all end at once.</summary>
    /// <remarks>
    /// Servers send no bookmarks of a kind in which nothing changes: on a quiet cluster the end of each watch is the only sign
    /// that the copy is still true.
    /// </remarks>
    public static TimeSpan WatchTimeout { get; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after its end a watch is cut off that the server did not end.</summary>
    public static TimeSpan WatchGrace { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time to wait that a server may ask for.</summary>
    public static TimeSpan RetryAfter { get; } = TimeSpan.FromMinutes(5);
}
