using QRCoder;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>Renders QR codes as data URLs, which need no further request.</summary>
internal static class QrPicture
{
    public static string Of(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        using var code = new PngByteQRCode(data);
        return "data:image/png;base64," + Convert.ToBase64String(code.GetGraphic(8));
    }
}
