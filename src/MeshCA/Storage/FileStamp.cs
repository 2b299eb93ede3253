namespace MeshCA.Storage;

/// <summary>What tells two states of a file apart without its content; <c>default</c> where the system does not say.</summary>
/// <param name="Device">Its file system.</param>
/// <param name="Inode">Its number there: another file under the same name has another.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Modified">When it was written last, nanoseconds; whoever owns it may set it.</param>
/// <param name="Changed">When it or what is known of it was changed last, nanoseconds; nobody can set it.</param>
internal readonly record struct FileStamp(ulong Device, ulong Inode, ulong Size, long Modified, long Changed);
