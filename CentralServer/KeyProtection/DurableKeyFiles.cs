using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>
/// Stores data protection keys in files that survive a power failure: they are synced to disk before anything is encrypted with them.
/// </summary>
internal sealed class DurableKeyFiles(DirectoryInfo folder, ILoggerFactory loggers) : FileSystemXmlRepository(folder, loggers)
{
    public override void StoreElement(XElement element, string friendlyName)
    {
        base.StoreElement(element, friendlyName);
        // The base class chooses the file name, so all files are synced; a new key is created about every 90 days.
        foreach (var file in Directory.GetFiles("*.xml"))
        {
            using var written = file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            written.Flush(flushToDisk: true);
        }
    }

    /// <summary>Paths of files that are not valid XML, for example because a disk lost their content.</summary>
    public IReadOnlyList<string> Damaged() =>
        Directory.Exists ? [.. Directory.GetFiles("*.xml").Where(f => !IsXml(f)).Select(f => f.FullName)] : [];

    private static bool IsXml(FileInfo file)
    {
        try
        {
            _ = XElement.Load(file.FullName);
            return true;
        }
        catch (Exception e) when (e is XmlException or IOException)
        {
            return false;
        }
    }
}
